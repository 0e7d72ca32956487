/** Round values for the labels of a value axis from `low` to `high`, evenly spaced, at most seven. */
export function valueTicks(low: number, high: number): number[] {
  const step = STEPS.find((width) => lastMultiple(high, width) - firstMultiple(low, width) <= MAX_INTERVALS) ?? 1000;
  const start = firstMultiple(low, step);
  return Array.from({ length: Math.max(3, lastMultiple(high, step) - start + 1) }, (_, index) => (start + index) * step);
}

/**
 * The lowest label, as a number of steps: below `low`, because a line of values on the x-axis would look like the axis, but not
 * below 0.
 */
function firstMultiple(low: number, step: number): number {
  return Math.max(0, Math.ceil(low / step) - 1);
}

function lastMultiple(high: number, step: number): number {
  return Math.ceil(high / step);
}

// With a step below 0.5, noise in the last digit would look like a trend.
const STEPS = [0.5, 1, 2, 5, 10, 20, 25, 50, 100, 200, 500] as const;

const MAX_INTERVALS = 6;
