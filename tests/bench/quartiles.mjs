/** First quartile, median and third. */
export function quartiles(values) {
  const sorted = values.toSorted((one, other) => one - other);
  return [0.25, 0.5, 0.75].map((share) => sorted[Math.round((sorted.length - 1) * share)]);
}

/** The quartiles of what ours is as a multiple of the other's in the same round. */
export const ratio = (ours, theirs) => quartiles(ours.map((value, round) => value / theirs[round]));
