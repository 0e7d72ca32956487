// The parts of a URL, including those of hash routers, and encoded fields.

/** Length in characters up to which fields are parsed completely. */
export const MAX_PARSED_LENGTH = 65_536;

export interface UrlParts {
  /** Origin and path. */
  place: string;
  query: string;
  fragment: string;
  /** The part of the fragment before `fields`: with a hash router, the fragment has a path and a query (`#/callback?code=…`). */
  route: string;
  fields: string;
}

export function partsOf(url: string): UrlParts {
  const [, place = '', query = '', fragment = ''] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(url) ?? [];
  const path = fragment.slice(0, fragment.indexOf('?') + 1);
  const route = path && !/[=&]/.test(path) ? path : (/^[/!]*/.exec(fragment)?.[0] ?? '');
  return { place, query, fragment, route, fields: fragment.slice(route.length) };
}

/** The methods of URLSearchParams that are used. */
export interface Fields {
  get(name: string): string | null;
  getAll(name: string): (string | null)[];
  has(name: string): boolean;
}

/**
 * Reads encoded fields. In a very long text only the first field of a name is found, and it is not decoded, so that a hostile link
 * does not cost time.
 */
export function fieldsOf(encoded: string): Fields {
  // A second question mark is part of the first name, as in the engine and in servers.
  if (encoded.length <= MAX_PARSED_LENGTH) return new URLSearchParams(`&${encoded}`);
  const get = (name: string) => new RegExp(`(?:^|&)${name}=([^&]*)`).exec(encoded)?.[1] ?? null;
  return { get, getAll: (name) => [get(name)], has: (name) => get(name) !== null };
}

/** The name of an encoded field. */
export function nameOf(pair: string): string | undefined {
  const [name = ''] = pair.split('=', 1);
  return /[%+]/.test(name) ? new URLSearchParams(name).keys().next().value : name;
}

/** A URL, if it is one. */
export function urlOf(uri: string): URL | undefined {
  try {
    return new URL(uri);
  } catch {
    return undefined;
  }
}
