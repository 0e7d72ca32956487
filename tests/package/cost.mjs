// What work costs, whatever else the machine does.

import assert from 'node:assert/strict';

/** Microseconds of this process for `work`, which other processes do not change. */
export async function costOf(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/**
 * Four times the length costs about four times as much at most; by its square it would be sixteen times.
 *
 * @param {number} length
 * @param {(length: number) => Promise<unknown>} work
 */
export async function assertLinear(length, work) {
  const cost = {};
  for (const many of [length, 4 * length]) {
    const once = () => costOf(() => work(many));
    // The first one compiles.
    await once();
    cost[many] = Math.min(await once(), await once(), await once());
  }
  // What is too short to be measured says nothing.
  assert.ok(cost[4 * length] < 9 * Math.max(cost[length], 20_000), JSON.stringify(cost));
}
