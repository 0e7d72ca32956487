// Runs programs in a page, and waits for their results.

import { setTimeout as wait } from 'node:timers/promises';

/**
 * The source text of a call of this function with these values, which are passed as JSON.
 *
 * @param {Function | string} program
 * @param {unknown[]} input
 */
export const programText = (program, input) => `(${program})(...${JSON.stringify(input)})`;

/**
 * Waits until `look` returns a truthy value, and returns it. If `look` throws, it is called again, because a page throws while
 * it navigates.
 *
 * @template Found
 * @param {() => Found | Promise<Found>} look
 * @param {string} what the awaited condition, for the error message
 * @returns {Promise<NonNullable<Found>>}
 */
export async function until(look, what, milliseconds = 15_000) {
  const end = Date.now() + milliseconds;
  for (let mishap; ; await wait(20)) {
    try {
      const found = await look();
      if (found) return found;
    } catch (error) {
      mishap = error;
    }
    if (Date.now() > end) throw new Error(`not within ${milliseconds} ms: ${what}`, { cause: mishap });
  }
}
