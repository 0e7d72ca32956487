/**
 * Returns a value that is not null or undefined; otherwise throws.
 *
 * @template T
 * @param {T} value
 */
export function required(value) {
  if (value === undefined || value === null) throw new Error('a value that the test depends on is missing');
  return value;
}
