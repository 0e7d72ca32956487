// Measures CPU time, independent of other load on the machine.

import assert from 'node:assert/strict';

/**
 * CPU time of this process for `work`, in microseconds.
 *
 * @param {() => unknown} work
 */
export async function cpuTimeOf(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/**
 * Asserts linear cost: four times the length costs about four times as much; quadratic cost would be sixteen times.
 *
 * @param {number} length
 * @param {(length: number) => Promise<unknown>} work
 */
export async function assertLinear(length, work) {
  /** @param {number} size */
  const minimumCpuTime = async (size) => {
    const measure = () => cpuTimeOf(() => work(size));
    // The first run includes compilation.
    await measure();
    return Math.min(await measure(), await measure(), await measure());
  };
  const measurements = [];
  // Some rounds include garbage collection; quadratic cost exceeds the limit in every round.
  for (let round = 0; round < 4; round++) {
    const [short, long] = [await minimumCpuTime(length), await minimumCpuTime(4 * length)];
    // A `short` below 20 ms counts as 20 ms, because such a time cannot be measured exactly.
    if (long < 9 * Math.max(short, 20_000)) return;
    measurements.push({ short, long });
  }
  assert.fail(JSON.stringify(measurements));
}
