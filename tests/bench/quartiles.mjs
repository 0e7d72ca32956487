/**
 * First quartile, median and third quartile.
 *
 * @typedef {[first: number, median: number, third: number]} Quartiles
 *
 * @param {number[]} values
 * @returns {Quartiles}
 */
export function quartiles(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (/** @type {number} */ share) => Number(sorted[Math.round((sorted.length - 1) * share)]);
  return [at(0.25), at(0.5), at(0.75)];
}

/**
 * The quartiles of our figure divided by the other library's figure in the same round.
 *
 * @param {number[]} ours
 * @param {number[]} theirs
 */
export const ratio = (ours, theirs) => quartiles(ours.map((value, round) => value / Number(theirs[round])));
