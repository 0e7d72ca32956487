// Responses of the routes.

import type { SmartError } from '../error/smart-error.js';
import type { SmartErrorCode } from '../error/smart-error-code.js';
import { UNAVAILABLE } from '../error/user-messages.js';
import { base64url } from '../../../src/web/env.js';
import { discard } from '../values/discard.js';
import { ERROR_HEADER } from '../values/session-names.js';

/** Headers of all responses: not cached, unless the route sets another `cache-control`, and the URL is not sent as a referrer. */
const ALWAYS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** HTTP statuses by error code. All other codes have 502, because they are about the SMART server or the FHIR server. */
const STATUSES: readonly (readonly [status: number, ...codes: SmartErrorCode[]])[] = [
  [400, 'launch_invalid', 'issuer_not_allowed', 'endpoint_scheme', 'authorization_refused', 'interaction_required'],
  [400, 'state_unknown', 'callback_malformed', 'callback_duplicate_param', 'callback_wrong_mode', 'callback_replayed'],
  [400, 'iss_missing', 'iss_mismatch'],
  [401, 'signed_out', 'session_expired', 'refresh_rejected', 'refresh_in_doubt'],
  [403, 'origin_not_allowed'],
  [500, 'config_invalid', 'internal', 'crypto_unavailable', 'wasm_unavailable'],
  [503, 'storage_unavailable', 'lock_timeout', 'aborted'],
  [504, 'timeout'],
];

export function statusOf({ code, status, fault }: SmartError): number {
  // A route has refused the request, with this status.
  if (fault === 'user' && code === 'config_invalid' && status !== undefined) return status;
  return STATUSES.find(([, ...codes]) => codes.includes(code))?.[0] ?? 502;
}

export const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(value), { status, headers: { ...ALWAYS, 'content-type': 'application/json', ...headers } });

export const text = (body: string, type: string): Response =>
  new Response(body, { headers: { ...ALWAYS, 'content-type': type } });

/** The response to HEAD: the response to GET without its body (RFC 9110 §9.3.2). */
export function withoutBody(response: Response): Response {
  discard(response.body);
  return new Response(null, response);
}

export function redirect(location: string, cookies: readonly string[] = []): Response {
  const response = new Response(null, { status: 303, headers: { ...ALWAYS, location } });
  for (const cookie of cookies) response.headers.append('set-cookie', cookie);
  return response;
}

/** A page without scripts, styles or frames, except the script with this text. */
async function page(body: string, status: number, script?: string): Promise<Response> {
  const hash = script && base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(script))));
  const source = hash ? `'sha256-${hash.replaceAll('-', '+').replaceAll('_', '/')}='` : "'none'";
  const policy = `default-src 'none'; script-src ${source}; base-uri 'none'`;
  const headers = { ...ALWAYS, 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy };
  const scripts = script ? `<script>${script}</script>` : '';
  const head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sign-in</title>';
  const text = `<!doctype html><html lang="en">${head}<body>${body}${scripts}</body></html>`;
  return new Response(text, { status, headers });
}

/** A page that sends an authorization request as a form (SMART App Launch 2.2, "authorize-post"). */
export async function formPage(
  action: string,
  fields: ReadonlyArray<readonly [string, string]>,
  cookies: readonly string[],
): Promise<Response> {
  const inputs = fields.map(([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`);
  const form = `<form method="post" action="${escaped(action)}">${inputs.join('')}<button>Continue</button></form>`;
  const response = await page(form, 200, 'document.forms[0].submit()');
  for (const cookie of cookies) response.headers.append('set-cookie', cookie);
  return response;
}

/**
 * An error as JSON, or as a page for a navigation. It contains only texts of the library, none of a server. At the redirect URI
 * the page removes the authorization response from its URL and history entry (RFC 9700 §4.3.1), unless a reload may succeed.
 */
export async function errorResponse(error: SmartError, isPage: boolean, isCallback: boolean): Promise<Response> {
  const status = statusOf(error);
  const { code, message, retryable } = error;
  // The user messages of the codes with status 503 are about the browser.
  const userMessage = status === 503 ? UNAVAILABLE : error.userMessage;
  // After `callback_replayed` a reload opens the session, if the request that uses the code is still in progress.
  const isFinal = isCallback && status < 500 && code !== 'callback_replayed';
  const script = isFinal ? "history.replaceState(null, '', location.pathname)" : undefined;
  const response = isPage
    ? await page(`<p>${escaped(userMessage)}</p><p><small>${escaped(code)}</small></p>`, status, script)
    : json({ error: { code, message, userMessage, retryable } }, status, { [ERROR_HEADER]: code });
  if (status === 503) response.headers.set('retry-after', String(error.retryAfterSeconds ?? 1));
  return response;
}

const escaped = (text: string) =>
  text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
