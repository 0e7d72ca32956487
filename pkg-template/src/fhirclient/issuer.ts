// The servers that an app signs in to. Anyone can create a launch URL that names a server: an unknown server could redirect the
// user to one that the app knows, and receive the code from the app (RFC 9700 §4.4).

import { SmartError } from '../error/smart-error.js';
import { isLoopbackHost } from '../values/loopback.js';
import type { AuthorizeParams } from './options.js';
import { refusal } from './refusal.js';

/**
 * The FHIR base that these options sign in to.
 *
 * @param launchIss `iss` of the page's URL
 * @throws {SmartError} `config_invalid`, `issuer_not_allowed`
 */
export function fhirBaseOf(options: AuthorizeParams, launchIss: string | null): string {
  // The client normalizes the URLs, and checks that the launch is by this server.
  if (options.iss) return String(options.iss);
  if (!launchIss) throw refusal('no server is set', 'Set `iss` to the FHIR base URL, or launch the app from the EHR.');
  if (allowsLaunchBy(options, launchIss)) return launchIss;
  throw notAllowed();
}

/** Whether these options are for a launch by this server. */
export function allowsLaunchBy({ iss, issMatch, dangerouslyAllowAnyIss }: AuthorizeParams, launchIss: string): boolean {
  if (iss) return isSameServer(iss, launchIss);
  if (typeof issMatch === 'string') return isSameServer(issMatch, launchIss);
  if (issMatch) {
    const matches =
      issMatch instanceof RegExp
        ? (text: string) => text.search(issMatch) >= 0
        : (text: string) => Boolean(issMatch(text));
    if (!isPlain(launchIss) || !matches(launchIss)) return false;
    if (!urlsAtOtherHosts(launchIss).some(matches)) return true;
    throw refusal(
      '`issMatch` also matches servers at other hosts',
      'Begin the pattern with `^https://` and the host with the slash after it, or compare `new URL(iss).origin`.',
    );
  }
  return dangerouslyAllowAnyIss === true;
}

export const notAllowed = (): SmartError =>
  new SmartError({
    code: 'issuer_not_allowed',
    message: 'the launch URL names a server that is not configured',
    hint: 'Set the servers that the app is registered with by `iss` or `issMatch`.',
  });

/** Whether a server is on this machine. */
export const isLoopback = (iss: string): boolean => isLoopbackHost(parseUrl(iss)?.hostname ?? '');

/** Whether two FHIR base URLs are the same server. */
export const isSameServer = (a: string, b: string): boolean => normalized(a) === normalized(b);
const normalized = (iss: string) => withoutFinalSlash(parseUrl(iss)?.href ?? iss);
const withoutFinalSlash = (iss: string) => String(iss).replace(/\/$/, '');

/** URLs at other hosts that resemble this one. A pattern or a function that accepts one of them does not determine the host. */
function urlsAtOtherHosts(iss: string): string[] {
  if (isLoopback(iss)) return [];
  const { protocol, hostname, pathname } = new URL(iss);
  const labels = hostname.split('.');
  // For `ehr.example`, `xehr.example` must not be accepted. Subdomains of `ehr.example` may be.
  const domain = Math.max(0, labels.length - 2);
  labels[domain] = `x${labels[domain]}`;
  return [
    `${OTHER_HOST}${pathname}`,
    `${OTHER_HOST}/${iss}`,
    `${hostname}.${OTHER_HOST}${pathname}`,
    `${labels.join('.')}${pathname}`,
  ].map((rest) => `${protocol}//${rest}`);
}

/** Whether a base URL is unambiguous: origin and path, without user, query or backslash. */
function isPlain(iss: string): boolean {
  const url = parseUrl(iss);
  return (
    url !== undefined && isSameServer(`${url.origin}${url.pathname}`, url.href) && withoutFinalSlash(iss) === normalized(iss)
  );
}

const OTHER_HOST = 'stranger.invalid';

function parseUrl(iss: string): URL | undefined {
  try {
    return new URL(iss);
  } catch {
    return undefined;
  }
}
