// Runs programs in a page, and waits for their results.

import { setTimeout as wait } from 'node:timers/promises';

/**
 * The source text of a call of `program` with the values of `input`, which are passed as JSON.
 *
 * @param {Function | string} program
 * @param {unknown[]} input
 */
export const programText = (program, input) => `(${program})(...${JSON.stringify(input)})`;

/**
 * Waits until `condition` returns a truthy value, and returns this value. If `condition` throws, it is called again, because a
 * call in a page may throw while the page navigates.
 *
 * @template Value
 * @param {() => Value | Promise<Value>} condition
 * @param {string} description the awaited condition, for the error message
 * @returns {Promise<NonNullable<Value>>}
 */
export async function until(condition, description, milliseconds = 15_000) {
  const end = Date.now() + milliseconds;
  for (let lastError; ; await wait(20)) {
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() > end) throw new Error(`not within ${milliseconds} ms: ${description}`, { cause: lastError });
  }
}
