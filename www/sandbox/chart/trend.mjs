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
  return points[left] + (points[left + 1] - points[left]) * (position - left);
}

/** Rounds half away from zero to so many decimals, as an instrument shows it. */
export const round = (value, digits) => Number(value.toFixed(digits));
