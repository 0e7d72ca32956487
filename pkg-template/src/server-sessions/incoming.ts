// Incoming requests: web requests, requests of Node's `http`, or the parts of a request that a framework gives. Also reads the
// forms in their bodies.

import { within } from '../../../src/web/env.js';
import { SESSION_HEADER, SESSION_PARAMETER } from '../values/session-names.js';
import type { NodeRequest } from './node-request.js';
import type { RequestHead } from './request-head.js';
import { ID } from './seal.js';

export interface Incoming {
  readonly method: string;
  /** The URL as the browser sees it: a proxy may have changed the origin, so the origin is that of `baseUrl`. */
  readonly url: URL;
  header(name: string): string | null;
}

/** Longest body of a posted response in bytes, and milliseconds to wait for the body. */
const LONGEST_BODY = 65_536;
const PATIENCE = 10_000;
/** Longest URL in characters. */
const LONGEST_URL = 65_536;

export function incomingOf(request: Request | NodeRequest | RequestHead, origin: string): Incoming {
  const headers = request.headers as RequestHead['headers'] | NodeRequest['headers'];
  const isWeb = typeof headers.get === 'function';
  const header = (name: string): string | null => {
    const value = isWeb ? (headers as RequestHead['headers']).get(name) : (headers as NodeRequest['headers'])[name];
    return Array.isArray(value) ? value.join(', ') : (value ?? null);
  };
  const { originalUrl, url = '/' } = request as NodeRequest;
  const webUrl = isWeb ? new URL(url, origin) : undefined;
  const path = webUrl ? webUrl.pathname + webUrl.search : (originalUrl ?? url);
  if (path.length > LONGEST_URL || !path.startsWith('/')) {
    throw { code: 'config_invalid', ...REFUSED, about: 'the URL of the request is too long, or is no path' };
  }
  // Not resolved against the origin, because a path may begin with two slashes.
  return { method: (request.method ?? 'GET').toUpperCase(), url: new URL(origin + path), header };
}

/** Members of errors that are the sender's fault. */
export const REFUSED = { fault: 'user', status: 400 } as const;

/** The id of the session that a request names, in its header or its URL; nothing if there is no id, or different ones. */
export function sessionIdOf({ url, header }: Incoming): string | undefined {
  const ids = new Set([...url.searchParams.getAll(SESSION_PARAMETER), header(SESSION_HEADER)].filter((id) => id !== null));
  const [id] = ids;
  return ids.size === 1 && id !== undefined && ID.test(id) ? id : undefined;
}

const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Whether a request is permitted: a request that may change something must come from a page of the app, according to `Origin` and
 * `Sec-Fetch-Site`, at least one of which it must have.
 */
export function isPermitted(incoming: Incoming, origin: string): boolean {
  return SAFE.includes(incoming.method) || isOfApp(incoming, origin);
}

function isOfApp({ header }: Incoming, origin: string): boolean {
  const [from, site] = [header('origin'), header('sec-fetch-site')];
  if (from === null && site === null) return false;
  return (from === null || from === origin || isHidden(from, site)) && (site === null || site === 'same-origin');
}

/** Whether a page of another origin sent a request. Requests without `Origin` and `Sec-Fetch-Site` do not count as such. */
export function isForeign({ header }: Incoming, origin: string): boolean {
  const [from, site] = [header('origin'), header('sec-fetch-site')];
  return (from !== null && from !== origin && !isHidden(from, site)) || (site !== null && site !== 'same-origin' && site !== 'none');
}

/** Whether a page of the app hides its origin by its referrer policy. `Sec-Fetch-Site` still says that the origin is the same. */
const isHidden = (from: string | null, site: string | null) => from === 'null' && site === 'same-origin';

/** Reads the body of a posted form, up to a size and within a deadline. */
export async function formOf(request: Request): Promise<string> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type)) {
    throw { code: 'callback_malformed', about: 'the response is not posted as a form' };
  }
  const reader = request.body?.getReader();
  try {
    return await within(PATIENCE, async () => {
      const decoder = new TextDecoder('utf-8', { fatal: true });
      let [text, size] = ['', 0];
      while (reader) {
        const { done, value } = await reader.read();
        if (done) break;
        if ((size += value.length) > LONGEST_BODY) throw new RangeError('the form is too long');
        text += decoder.decode(value, { stream: true });
      }
      return text + decoder.decode();
    });
  } catch (cause) {
    reader?.cancel().catch(() => {});
    throw { code: 'callback_malformed', about: 'the posted form is too long, incomplete, or not UTF-8', cause };
  }
}
