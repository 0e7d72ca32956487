// Paths into resources: `a.b.0.c`, and `a..b` for the `b` of each element of `a`.

/**
 * What is at a path; `undefined` where there is nothing.
 *
 * @example
 * getPath(patient, 'name.0.family');
 */
export function getPath(value, path = '') {
  const trimmed = path.trim();
  return trimmed === '' ? value : at(value, trimmed.split('.'));
}

function at(value, [name, ...rest]) {
  if (name === undefined || !value) return value;
  if (name === '' && Array.isArray(value)) return value.map((element) => at(element, rest));
  return at(value[name], rest);
}

/**
 * The places that a path leads to, each as the object and the name it has there. A list at the end is each of its
 * elements.
 *
 * @returns {Array<[object, string | number]>}
 */
export function placesOf(value, [name, ...rest]) {
  if (!value) return [];
  if (name === '' && Array.isArray(value)) return value.flatMap((element) => placesOf(element, rest));
  if (rest.length > 0) return placesOf(value[name], rest);
  const found = value[name];
  if (Array.isArray(found)) return found.map((_, index) => [found, index]);
  return found ? [[value, name]] : [];
}
