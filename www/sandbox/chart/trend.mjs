/**
 * A value that changes over the two years of a chart, described by a few points.
 */

/**
 * Reads a trend at a moment between its beginning (0) and today (1), along straight lines.
 *
 * @param {number | number[]} points one value that stays, or values spread evenly over the time
 * @param {number} progress from 0 to 1
 */
export function trend(points, progress) {
  if (!Array.isArray(points)) return points;
  const position = progress * (points.length - 1);
  const left = Math.min(Math.floor(position), points.length - 2);
  const [from = NaN, to = NaN] = points.slice(left, left + 2);
  return from + (to - from) * (position - left);
}

/**
 * Rounds half away from zero to so many decimals, as an instrument shows it.
 *
 * @param {number} value
 * @param {number} digits
 */
export const round = (value, digits) => Number(value.toFixed(digits));
