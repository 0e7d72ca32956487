// Runs programs in a page, and waits for their results.

import { setTimeout as wait } from 'node:timers/promises';

/**
 * The text of a function that is called with these values, which travel as JSON.
 *
 * @param {Function | string} program
 * @param {unknown[]} input
 */
export const programText = (program, input) => `(${program})(...${JSON.stringify(input)})`;

/**
 * Waits until `look` gives something that is true and gives that. What it throws is nothing yet: a page that is on its
 * way elsewhere answers so.
 *
 * @template Found
 * @param {() => Found | Promise<Found>} look
 * @param {string} what is waited for
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
