// What work costs, whatever else the machine does.

import assert from 'node:assert/strict';

/**
 * Microseconds of this process for `work`, which other processes do not change.
 *
 * @param {() => unknown} work
 */
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
  /** @param {number} many */
  const costAt = async (many) => {
    const once = () => costOf(() => work(many));
    // The first one compiles.
    await once();
    return Math.min(await once(), await once(), await once());
  };
  const measured = [];
  // Garbage collection is measured too, now and then; a square is a square each time.
  for (let round = 0; round < 4; round++) {
    const [short, long] = [await costAt(length), await costAt(4 * length)];
    // Less than this is too short to be measured.
    if (long < 9 * Math.max(short, 20_000)) return;
    measured.push({ short, long });
  }
  assert.fail(JSON.stringify(measured));
}
