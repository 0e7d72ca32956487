// Which servers an app signs in to. A launch names one, and anybody can make a launch URL: a server that the app does not
// know could pass the user on to one that it does, and be given the code that comes back (RFC 9700 §4.4).

import { SmartError } from '../error/smart-error.js';
import type { AuthorizeParams } from './options.js';
import { refusal } from './refusal.js';

/**
 * The FHIR base that these options sign in to.
 *
 * @param asked `iss` of the page's URL
 * @throws {SmartError} `config_invalid`, `issuer_not_allowed`
 */
export function fhirBaseOf(options: AuthorizeParams, asked: string | null): string {
  // Whether the launch is by this server is for the client to say, which compares more than text.
  if (options.iss) return String(options.iss);
  if (!asked) throw refusal('no server is named', 'Give the FHIR base URL as `iss`, or launch the app from the EHR.');
  if (admits(options, asked)) return asked;
  throw notAllowed();
}

/** Whether these options are those for a launch by this server. */
export function admits({ iss, issMatch, dangerouslyAllowAnyIss }: AuthorizeParams, asked: string): boolean {
  if (iss) return isSame(iss, asked);
  if (typeof issMatch === 'string') return isSame(issMatch, asked);
  if (issMatch) {
    const matches =
      issMatch instanceof RegExp
        ? (text: string) => text.search(issMatch) >= 0
        : (text: string) => Boolean(issMatch(text));
    if (!isPlain(asked) || !matches(asked)) return false;
    if (!elsewhere(asked).some(matches)) return true;
    throw refusal(
      '`issMatch` admits servers at other hosts too',
      'Write it from `^https://` to the slash behind the host, or compare `new URL(iss).origin`.',
    );
  }
  return dangerouslyAllowAnyIss === true;
}

export const notAllowed = (): SmartError =>
  new SmartError({
    code: 'issuer_not_allowed',
    message: 'the launch names a server that the app does not',
    hint: 'Name the servers that the app is registered with, by `iss` or `issMatch`.',
  });

/** Whether a server is on this machine, where nobody else can be. */
export const isLoopback = (iss: string): boolean =>
  ['localhost', '127.0.0.1', '[::1]'].includes(parsed(iss)?.hostname ?? '');

/** Whether two FHIR bases are one server's. */
export const isSame = (one: string, other: string): boolean => normal(one) === normal(other);
const normal = (iss: string) => withoutFinalSlash(parsed(iss)?.href ?? iss);
const withoutFinalSlash = (iss: string) => String(iss).replace(/\/$/, '');

/** Servers of somebody else that have all but the host in common with this one: who admits them names no host. */
function elsewhere(iss: string): string[] {
  if (isLoopback(iss)) return [];
  const { protocol, hostname, pathname } = new URL(iss);
  const labels = hostname.split('.');
  // Of `ehr.example`, `xehr.example`: its own subdomains an app may well admit.
  const domain = Math.max(0, labels.length - 2);
  labels[domain] = `x${labels[domain]}`;
  return [
    `${STRANGER}${pathname}`,
    `${STRANGER}/${iss}`,
    `${hostname}.${STRANGER}${pathname}`,
    `${labels.join('.')}${pathname}`,
  ].map((rest) => `${protocol}//${rest}`);
}

/** Whether a base is written as everybody reads it: origin and path, and no user, query or backslash. */
function isPlain(iss: string): boolean {
  const url = parsed(iss);
  return (
    url !== undefined && isSame(`${url.origin}${url.pathname}`, url.href) && withoutFinalSlash(iss) === normal(iss)
  );
}

const STRANGER = 'stranger.invalid';

function parsed(iss: string): URL | undefined {
  try {
    return new URL(iss);
  } catch {
    return undefined;
  }
}
