// Loads the style of the EHR.

import { within } from '../../../src/web/env.js';
import { unlessAborted } from '../error/abort.js';
import { withSmartErrors } from '../error/create-error.js';
import type { Failure } from '../error/failure.js';
import { SmartError } from '../error/smart-error.js';
import { missingResponse } from '../session/request-errors.js';
import type { SmartSession } from '../session/smart-session.js';
import type * as platform from '../values/platform.js';
import { readSmartStyle } from './read-style.js';
import type { SmartStyle } from './read-style.js';

export interface LoadStyleOptions {
  signal?: platform.AbortSignal | undefined;
}

/** Maximum size of the decompressed document in bytes. */
const MAX_BYTES = 65_536;
/** Milliseconds until the request is aborted. */
const DEADLINE = 10_000;

/**
 * Loads the style at `session.smartStyleUrl`; `null` if the EHR has sent none. No token, no cookies and no referrer are sent, and
 * redirects are refused. The document may have at most 64 KiB, and the timeout is ten seconds.
 *
 * The EHR sends another URL when the style changes, so the browser may cache the document for as long as the server permits.
 *
 * @throws {SmartError} `network` (also for a redirect, and if the server does not permit this origin), `timeout`, `aborted`,
 * `http_status`, `body_too_large`, `json_invalid`, `endpoint_scheme` (the URL is not http or https).
 * @example
 * const style = await loadSmartStyle(session).catch(() => null);
 * for (const [name, value] of Object.entries(style?.properties ?? {})) document.documentElement.style.setProperty(name, value);
 */
export function loadSmartStyle(
  session: Pick<SmartSession, 'smartStyleUrl'>,
  { signal }: LoadStyleOptions = {},
): Promise<SmartStyle | null> {
  return withSmartErrors(async () => {
    const { smartStyleUrl } = session;
    return smartStyleUrl === null ? null : unlessAborted(signal, () => load(smartStyleUrl));
  })();
}

async function load(address: string): Promise<SmartStyle> {
  // In a session of `smart-launch/server-session` the URL was not checked in this page.
  if (!/^https?:\/\//i.test(address)) throw { code: 'endpoint_scheme', about: '`smartStyleUrl` is not https' } satisfies Failure;
  const url = address.split(/[?#]/)[0] as string;
  try {
    return await within(DEADLINE, async (signal: AbortSignal) => {
      const headers = { accept: 'application/json' };
      const init = { headers, credentials: 'omit', referrerPolicy: 'no-referrer', redirect: 'error', signal } as const;
      const response = await fetch(address, init);
      if (!response.ok) throw { code: 'http_status', status: response.status, retryable: response.status >= 500, url } satisfies Failure;
      return readSmartStyle(parseObject(await textOf(response, url), url));
    });
  } catch (cause) {
    const isKnown = SmartError.is(cause) || typeof (cause as Partial<Failure> | undefined)?.code === 'string';
    throw isKnown ? cause : ({ ...missingResponse(cause, {}), url } satisfies Failure);
  }
}

function parseObject(text: string, url: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // Refused below.
  }
  if (typeof json !== 'object' || json === null) throw { code: 'json_invalid', about: 'the style is not a JSON object', url } satisfies Failure;
  return json;
}

async function textOf(response: Response, url: string): Promise<string> {
  const reader = response.body?.getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let bytes = 0; reader; ) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    if (bytes > MAX_BYTES) {
      reader.cancel().catch(() => {});
      throw { code: 'body_too_large', about: 'the style is larger than 64 KiB', hint: TOO_LARGE_HINT, url } satisfies Failure;
    }
    parts.push(value);
  }
  return new Blob(parts).text();
}

const TOO_LARGE_HINT = 'Check `smart_style_url` in the token response.';
