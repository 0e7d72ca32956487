// Measuring in turn: what disturbs the machine disturbs all, and a ratio is of two that were measured in the same round.

/**
 * Measures all in each round, in an order that changes.
 *
 * @param {number} count of rounds
 * @param {Record<string, () => Promise<object | number>>} measures
 * @returns {Promise<Record<string, Array<object | number>>>} what was measured, round by round
 */
export async function rounds(count, measures) {
  const names = Object.keys(measures);
  const measured = Object.fromEntries(names.map((name) => [name, []]));
  const random = generator(1);
  for (let round = 0; round < count; round++) {
    for (const name of shuffled(names, random)) measured[name].push(await measures[name]());
  }
  return measured;
}

function shuffled(names, random) {
  const order = [...names];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/** The same numbers in every run (Park and Miller's generator). */
function generator(seed) {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
