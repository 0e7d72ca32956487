/**
 * A value that a test depends on: if it is missing, the test fails here.
 *
 * @template T
 * @param {T} value
 */
export function required(value) {
  if (value === undefined || value === null) throw new Error('a value that the test depends on is missing');
  return value;
}
