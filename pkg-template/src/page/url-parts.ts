// URLs in parts, as apps with routers write them, and their encoded fields.

/** Characters of fields that are worth a look at each. */
export const LONG = 65_536;

export interface UrlParts {
  /** Origin and path. */
  place: string;
  query: string;
  fragment: string;
  /** A hash router has a path and a query of its own in the fragment, `#/callback?code=…`: all before the `fields`. */
  route: string;
  fields: string;
}

export function partsOf(url: string): UrlParts {
  const [, place = '', query = '', fragment = ''] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(url) ?? [];
  const path = fragment.slice(0, fragment.indexOf('?') + 1);
  const route = path && !/[=&]/.test(path) ? path : (/^[/!]*/.exec(fragment)?.[0] ?? '');
  return { place, query, fragment, route, fields: fragment.slice(route.length) };
}

/** What is asked of encoded fields, as URLSearchParams answer it. */
export interface Fields {
  get(name: string): string | null;
  getAll(name: string): (string | null)[];
  has(name: string): boolean;
}

/** Reads encoded fields; of very many the names as they are written alone, because a link costs nothing. */
export function fieldsOf(encoded: string): Fields {
  // Of two question marks the second is a part of the first name, for the engine and for servers.
  if (encoded.length <= LONG) return new URLSearchParams(`&${encoded}`);
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
