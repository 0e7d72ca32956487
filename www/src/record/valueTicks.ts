/** Round values to label on a value axis for what lies between `low` and `high`, evenly spaced, at most eight. */
export function valueTicks(low: number, high: number): number[] {
  const step = STEPS.find((width) => last(high, width) - first(low, width) <= MOST) ?? 1000;
  const start = first(low, step);
  return Array.from({ length: Math.max(3, last(high, step) - start + 1) }, (_, index) => (start + index) * step);
}

/** The multiple of `step` below `low`: a line along the axis itself would look like the axis. */
function first(low: number, step: number): number {
  return Math.max(0, Math.ceil(low / step) - 1);
}

function last(high: number, step: number): number {
  return Math.ceil(high / step);
}

// A step of less than a half would make noise of the last digit look like a course.
const STEPS = [0.5, 1, 2, 5, 10, 20, 25, 50, 100, 200, 500] as const;

const MOST = 6;
