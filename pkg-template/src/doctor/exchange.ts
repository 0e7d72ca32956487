// Requests and their responses, and whether a page of the app may read them.

import type { SmartErrorCode } from '../error/smart-error-code.js';
import type { SmartFault } from '../error/smart-error.js';

export interface Exchange {
  readonly method: string;
  readonly url: string;
  /** Whether the request was sent as browsers send the requests of a page: with the header `Origin`. */
  readonly isOfPage: boolean;
  /** When the response arrived, in milliseconds since 1970. */
  readonly at: number;
  /** HTTP status; 0 without a response. */
  readonly status: number;
  readonly headers: Headers;
  /** The body; cut after 1 MiB and one byte. */
  readonly body: string;
  /** Without a response: the platform's code, such as `ENOTFOUND`. */
  readonly failure?: string | undefined;
}

/** Why a page cannot use a response. */
export interface Flaw {
  /** The code of the library's error. */
  readonly code: SmartErrorCode;
  readonly seen: string;
  readonly fault: SmartFault;
  /** A hint in place of the library's, if the library's hint does not apply. */
  readonly hint?: string | undefined;
}

/** Why the app's page cannot use this response; nothing if it can. */
export function flawOf(exchange: Exchange, origin: string): Flaw | undefined {
  const { status, headers, failure } = exchange;
  if (failure) return connectionFlaw(failure);
  if (status >= 300 && status < 400) {
    return { code: 'redirected', fault: 'server', seen: `HTTP ${status} to ${headers.get('location') ?? 'nowhere'}` };
  }
  const cors = exchange.isOfPage && corsFlaw(exchange, origin);
  if (cors) return { code: 'network', fault: 'server', seen: cors, hint: CORS_HINT };
  if (status >= 400) return { code: 'http_status', fault: 'server', seen: `HTTP ${status}` };
  return undefined;
}

/** Why the browser would not show the response to the page (Fetch, "CORS check"); nothing if it would. */
export function corsFlaw({ url, status, headers }: Exchange, origin: string): string | undefined {
  const permitted = headers.get('access-control-allow-origin');
  if (permitted === '*' || permitted === origin || new URL(url).origin === origin) return undefined;
  const header = permitted === null ? 'no `Access-Control-Allow-Origin`' : `\`Access-Control-Allow-Origin: ${permitted}\``;
  return `HTTP ${status} with ${header}`;
}

/** Why the browser would not send the request that this preflight announces; nothing if it would. */
export function preflightFlaw(exchange: Exchange, origin: string, header: string): Flaw | undefined {
  const { url, status, headers, failure } = exchange;
  if (failure) return connectionFlaw(failure);
  if (new URL(url).origin === origin) return undefined;
  const flaw = (seen: string): Flaw => ({ code: 'network', fault: 'server', seen: `preflight: ${seen}`, hint: CORS_HINT });
  const cors = corsFlaw(exchange, origin);
  if (cors) return flaw(cors);
  if (status < 200 || status > 299) return flaw(`HTTP ${status}`);
  const permitted = headers.get('access-control-allow-headers') ?? '';
  const names = permitted.split(',').map((name) => name.trim().toLowerCase());
  // The wildcard does not cover `Authorization`.
  if (names.includes(header) || (names.includes('*') && header !== 'authorization')) return undefined;
  return flaw(permitted ? `\`Access-Control-Allow-Headers: ${permitted}\`` : 'no `Access-Control-Allow-Headers`');
}

/** The cause of a failed connection, which a browser mostly shows only as a failed request. */
function connectionFlaw(failure: string): Flaw {
  const [, seen, fault, hint] = CONNECTION_FAILURES.find(([pattern]) => pattern.test(failure)) ?? [];
  const code = failure === TIMEOUT ? 'timeout' : 'network';
  return { code, seen: seen ? `${seen} (${failure})` : failure, fault: fault ?? 'network', hint };
}

/** The failure of a request that timed out. */
export const TIMEOUT = 'TIMEOUT';

const CORS_HINT =
  'The server has to permit the origin of the app (CORS). Some servers permit the origins of the redirect URIs that are registered.';
const RENEW_HINT = 'The server needs a valid certificate.';
const AUTHORITY_HINT =
  'Browsers refuse it as well, unless its authority is installed. For this program set `NODE_EXTRA_CA_CERTS` to that authority.';

const CONNECTION_FAILURES: readonly [RegExp, string, SmartFault, string][] = [
  [/^ENOTFOUND$/, 'the host name does not exist (DNS)', 'app', 'Check the host name.'],
  [/^EAI_/, 'the host name could not be resolved (DNS)', 'network', 'Check the network of this machine.'],
  [/^ECONNREFUSED$/, 'nothing listens at this host and port', 'server', 'Check host and port, and that the server runs.'],
  [/^CERT_HAS_EXPIRED$/, 'the TLS certificate has expired', 'server', RENEW_HINT],
  [
    /^CERT_NOT_YET_VALID$/,
    'the TLS certificate is not valid yet',
    'server',
    `${RENEW_HINT} Check the clock of this machine, too.`,
  ],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'the TLS certificate is for another host', 'server', RENEW_HINT],
  [/SELF_SIGNED_CERT/, 'the TLS certificate is self-signed', 'server', AUTHORITY_HINT],
  [
    /^UNABLE_TO_(VERIFY|GET_ISSUER)/,
    'the TLS certificate has an unknown issuer, or the server does not send the intermediate certificate',
    'server',
    AUTHORITY_HINT,
  ],
  [/SSL|TLS|EPROTO/, 'the TLS connection failed', 'server', 'The server has to support TLS 1.2 or later at this port.'],
  [/^TIMEOUT$/, 'no response in time', 'network', 'Try again; check that no firewall is in between.'],
];
