// Random numbers with a seed, so that a run can be repeated.

/**
 * Returns a generator of integers from 0 to below `limit` (mulberry32). The same seed gives the same sequence.
 *
 * @param {number} seed
 * @returns {(limit: number) => number}
 */
export function seeded(seed) {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}
