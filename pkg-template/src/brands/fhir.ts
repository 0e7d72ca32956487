// Reads members of untrusted FHIR resources.

import { isLoopbackHost } from '../values/loopback.js';
import type { WarningCount } from './warning-count.js';

export type Resource = Readonly<Record<string, unknown>>;

const MAX_LENGTH = 4_000;
/** Longest data URL of a logo in characters: enough for 1024 × 1024 pixels. */
const MAX_LOGO_LENGTH = 2_000_000;

export const isObject = (value: unknown): value is Resource =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The objects of a list. */
export const objects = (value: unknown): Resource[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** The extensions with this URL. */
export const extensions = (element: Resource, url: string): Resource[] =>
  objects(element['extension']).filter((extension) => extension['url'] === url);

/** Reads the values of an entry, and counts those that cannot be used. */
export class Reader {
  constructor(
    readonly entry: string,
    readonly count: WarningCount,
  ) {}

  text(value: unknown): string | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string' && value.length <= MAX_LENGTH && value.trim() !== '') return value.trim();
    return this.#leaveOut('text_invalid');
  }

  texts(value: unknown): string[] {
    return (Array.isArray(value) ? value : []).map((text) => this.text(text)).filter((text) => text !== undefined);
  }

  url(value: unknown): string | undefined {
    if (value === undefined || value === null) return undefined;
    return isHttps(value) ? value : this.#leaveOut('url_invalid');
  }

  /** SMART App Launch 2.2, "Brand Profile (Organization)": `https:`, or `data:` for an inline image. */
  logo(value: unknown): string | undefined {
    if (value === undefined || value === null) return undefined;
    const isImage = typeof value === 'string' && value.length <= MAX_LOGO_LENGTH && /^data:image\/[\w.+-]+[;,]/i.test(value);
    return isImage || isHttps(value) ? value : this.#leaveOut('logo_invalid');
  }

  #leaveOut(code: 'text_invalid' | 'url_invalid' | 'logo_invalid'): undefined {
    this.count.add(code, this.entry);
  }
}

/** Whether a value is an https URL, or with `allowInsecureLoopback` an http URL of a server on this machine. */
export function isHttps(value: unknown, allowInsecureLoopback = false): value is string {
  if (typeof value !== 'string' || value.length > MAX_LENGTH || !/^https?:\/\/[^\s\\]+$/i.test(value)) return false;
  const url = parseUrl(value);
  if (url === undefined || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (allowInsecureLoopback && isLoopbackHost(url.hostname));
}

export function parseUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}

/** The members that have a value. */
export function withoutUndefined<Members extends object>(
  members: Members,
): { [Name in keyof Members]: Exclude<Members[Name], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Members]: Exclude<Members[Name], undefined>;
  };
}
