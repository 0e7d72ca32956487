// Measures in turn, so that load on the machine affects all implementations; a ratio compares two figures of the same round.

/**
 * Measures all implementations in each round, in a changing order.
 *
 * @template T
 * @param {number} count of rounds
 * @param {Record<string, () => Promise<T>>} measures
 * @returns {Promise<Record<string, T[]>>} results by implementation and round
 */
export async function rounds(count, measures) {
  const entries = Object.entries(measures);
  /** @type {Record<string, T[]>} */
  const measured = Object.fromEntries(entries.map(([name]) => [name, []]));
  const random = createRandom(1);
  for (let round = 0; round < count; round++) {
    for (const [name, measure] of shuffled(entries, random)) measured[name]?.push(await measure());
  }
  return measured;
}

/**
 * @template T
 * @param {T[]} items
 * @param {() => number} random
 */
function shuffled(items, random) {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    // Both indices are within the array.
    [order[last], order[other]] = [/** @type {T} */ (order[other]), /** @type {T} */ (order[last])];
  }
  return order;
}

/**
 * Random numbers that are the same in every run (Park and Miller's generator).
 *
 * @param {number} seed
 */
function createRandom(seed) {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
