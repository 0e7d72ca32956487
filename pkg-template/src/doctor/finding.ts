// A finding, and its texts.

import type { SmartErrorCode } from '../error/smart-error-code.js';
import type { SmartError, SmartFault, SmartRequestPurpose } from '../error/smart-error.js';
import { describe } from '../error/texts.js';
import type { SmartWarningCode } from '../error/smart-warning.js';
import type { Exchange, Flaw } from './exchange.js';

export interface Finding {
  /** The subject, such as `token-endpoint`. */
  readonly check: string;
  /**
   * An `error` prevents a sign-in with the options in the report, or requests to the FHIR API. A `note` is neither good nor bad.
   */
  readonly level: 'ok' | 'note' | 'warning' | 'error';
  /** One sentence: that of the library's error or warning, if there is one. */
  readonly message: string;
  /** What to do. */
  readonly hint?: string | undefined;
  /** The party that can fix the problem. */
  readonly fault?: SmartFault | undefined;
  /** The code of the library's error or warning in the app. */
  readonly code?: SmartErrorCode | SmartWarningCode | undefined;
  readonly url?: string | undefined;
  /** The server's behaviour. */
  readonly seen?: string | undefined;
}

/** A finding with the texts of the library's error, and the server's behaviour. */
export function findingOfError(
  check: string,
  level: Finding['level'],
  error: SmartError,
  overrides: Partial<Flaw> & { url?: string | undefined } = {},
): Finding {
  const { code, message, hint, oauth } = error;
  const reason = oauth && [oauth.error, oauth.description].filter(Boolean).join(': ');
  return {
    check,
    level,
    code,
    message,
    hint: overrides.hint ?? hint,
    fault: overrides.fault ?? error.fault,
    url: overrides.url ?? error.url,
    seen: overrides.seen ?? reason,
  };
}

/** A finding with the texts that the library's error would have. */
export function findingOfFlaw(
  check: string,
  level: Finding['level'],
  purpose: SmartRequestPurpose | undefined,
  flaw: Flaw,
  url: string | undefined,
): Finding {
  const { code, seen, fault } = flaw;
  const { message, hint } = describe(purpose ? { code, purpose } : { code });
  return { check, level, code, message, hint: flaw.hint ?? hint, fault, url, seen };
}

/** A response in a few words. */
export function summaryOf(exchange: Exchange | undefined): string | undefined {
  if (!exchange?.status) return exchange?.failure;
  const location = exchange.headers.get('location');
  const type = exchange.headers.get('content-type')?.split(';')[0];
  return `HTTP ${exchange.status}${location ? ` to ${location.split('?')[0]}` : type ? `, ${type}` : ''}`;
}
