// Paths into resources: `a.b.0.c`, and `a..b` for the `b` of each element of `a`. Resources are any JSON, hence `any`.

/**
 * Returns the value at a path. If the path leads through a falsy value, such as a missing member, returns that value.
 *
 * @example
 * getPath(patient, 'name.0.family');
 */
export function getPath(value: any, path = ''): any {
  const trimmed = path.trim();
  return trimmed === '' ? value : valueAt(value, trimmed.split('.'));
}

function valueAt(value: any, names: string[], from = 0): unknown {
  let current = value;
  for (let index = from; index < names.length && current; index += 1) {
    if (names[index] === '' && Array.isArray(current)) return current.map((element) => valueAt(element, names, index + 1));
    current = current[names[index] ?? ''];
  }
  return current;
}

/** An object, and the name of a member. */
type Place = [holder: Record<string | number, any>, name: string | number];

/**
 * The places that a path leads to, each as an object and the name of its member. For a list at the end, each element is a place.
 */
export function placesOf(value: any, names: string[], from = 0): Place[] {
  let holder = value;
  const lastIndex = names.length - 1;
  for (let index = from; holder && index <= lastIndex; index += 1) {
    if (names[index] === '' && Array.isArray(holder)) {
      return holder.flatMap((element) => placesOf(element, names, index + 1));
    }
    if (index < lastIndex) holder = holder[names[index] ?? ''];
  }
  if (!holder || from > lastIndex) return [];
  const name = names[lastIndex] ?? '';
  const member = holder[name];
  if (Array.isArray(member)) return member.map((_, index) => [member, index]);
  return member ? [[holder, name]] : [];
}
