// Paths into resources: `a.b.0.c`, and `a..b` for the `b` of each element of `a`. Resources are any JSON, hence `any`.

/**
 * Returns the value at a path; `undefined` if there is none.
 *
 * @example
 * getPath(patient, 'name.0.family');
 */
export function getPath(value: any, path = ''): any {
  const trimmed = path.trim();
  return trimmed === '' ? value : at(value, trimmed.split('.'));
}

function at(value: any, names: string[], from = 0): unknown {
  let found = value;
  for (let next = from; next < names.length && found; next += 1) {
    if (names[next] === '' && Array.isArray(found)) return found.map((element) => at(element, names, next + 1));
    found = found[names[next] ?? ''];
  }
  return found;
}

/** An object, and the name of a member. */
type Place = [holder: Record<string | number, any>, name: string | number];

/**
 * The places that a path leads to, each as an object and the name of its member. For a list at the end, each element is a place.
 */
export function placesOf(value: any, names: string[], from = 0): Place[] {
  let holder = value;
  const last = names.length - 1;
  for (let next = from; holder && next <= last; next += 1) {
    if (names[next] === '' && Array.isArray(holder)) {
      return holder.flatMap((element) => placesOf(element, names, next + 1));
    }
    if (next < last) holder = holder[names[next] ?? ''];
  }
  if (!holder || from > last) return [];
  const name = names[last] ?? '';
  const found = holder[name];
  if (Array.isArray(found)) return found.map((_, index) => [found, index]);
  return found ? [[holder, name]] : [];
}
