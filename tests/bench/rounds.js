// Measuring in turn: what disturbs the machine disturbs all, and a ratio is of two that were measured in the same round.

/**
 * Measures all in each round, in an order that changes.
 *
 * @template T
 * @param {number} count of rounds
 * @param {Record<string, () => Promise<T>>} measures
 * @returns {Promise<Record<string, T[]>>} what was measured, round by round
 */
export async function rounds(count, measures) {
  const all = Object.entries(measures);
  /** @type {Record<string, T[]>} */
  const measured = Object.fromEntries(all.map(([name]) => [name, []]));
  const random = generator(1);
  for (let round = 0; round < count; round++) {
    for (const [name, measure] of shuffled(all, random)) measured[name]?.push(await measure());
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
    // Both are indices of the array.
    [order[last], order[other]] = [/** @type {T} */ (order[other]), /** @type {T} */ (order[last])];
  }
  return order;
}

/**
 * The same numbers in every run (Park and Miller's generator).
 *
 * @param {number} seed
 */
function generator(seed) {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
