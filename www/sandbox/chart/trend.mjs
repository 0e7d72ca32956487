/**
 * A value that changes over the time of a chart, described by a few points.
 */

/**
 * Evaluates a trend at a time between its beginning (0) and today (1), by linear interpolation.
 *
 * @param {number | number[]} points one constant value, or values at equal intervals
 * @param {number} progress from 0 to 1
 */
export function trend(points, progress) {
  if (!Array.isArray(points)) return points;
  const position = progress * (points.length - 1);
  const index = Math.min(Math.floor(position), points.length - 2);
  const [from = NaN, to = NaN] = points.slice(index, index + 2);
  return from + (to - from) * (position - index);
}

/**
 * Rounds half away from zero to a number of decimals, as an instrument would display it.
 *
 * @param {number} value
 * @param {number} digits
 */
export const round = (value, digits) => Number(value.toFixed(digits));
