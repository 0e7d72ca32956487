// The one error.

import type { SmartErrorCode } from './smart-error-code.js';
import type { SmartWarningCode } from './smart-warning.js';

const MARK = Symbol.for('smart-launch.SmartError');
const USER_MESSAGE = 'Something went wrong. Please try again.';

/**
 * The one error. `code` is stable; `message` is one sentence without secrets; `hint` says what to do.
 *
 * @example
 * try { await smart.ready(); }
 * catch (error) {
 *   if (SmartError.is(error) && error.code === 'authorization_refused') show(error.oauth?.description ?? error.message);
 *   else throw error;
 * }
 */
export class SmartError extends Error {
  /**
   * Its name in stack traces, whatever a minifier makes of the class.
   *
   * @internal
   */
  static override name = 'SmartError';

  /** Whether `value` is a SmartError, also of another copy of this package. */
  static is(value: unknown): value is SmartError {
    try {
      return Boolean((value as { [MARK]?: unknown } | null | undefined)?.[MARK]);
    } catch {
      // What an app or a page throws may be anything.
      return false;
    }
  }

  declare readonly name: 'SmartError';
  declare readonly code: SmartErrorCode;
  /** What to do: for developers, in English. */
  declare readonly hint: string;
  /** Who can mend it: see {@link SmartFault}. */
  declare readonly fault: SmartFault;
  /** A sentence for the user, in English; for other languages an app has sentences of its own, by `code` or `fault`. */
  declare readonly userMessage: string;
  /** The request that it came of, where one went wrong. */
  declare readonly purpose?: SmartRequestPurpose;
  /** URL of that request, without query and fragment. */
  declare readonly url?: string;
  /** The warning that `strict` made an error. */
  declare readonly warning?: SmartWarningCode;
  /** Whether the same call may work later. */
  declare readonly retryable: boolean;
  /** `returnTo` of the sign-in that failed: where to go with the next one. */
  declare readonly returnTo?: string;
  /** HTTP status, where a server answered. */
  declare readonly status?: number;
  /** Seconds the server asked to wait (`Retry-After`), at most 300. */
  declare readonly retryAfterSeconds?: number;
  /**
   * What the server said (RFC 6749 §4.1.2.1, §5.2); `hint` is what some add for developers. Text from outside: show it as
   * text, never as HTML.
   */
  declare readonly oauth?: {
    readonly error: string;
    readonly description?: string;
    readonly hint?: string;
    readonly uri?: string;
  };
  /**
   * Body of the answer of {@link SmartClient.request}: JSON if it was, else text. The token of the request and those of the
   * session are masked in it; health data is not.
   */
  declare readonly body?: unknown;
  /** The same where it is an OperationOutcome: what the FHIR server says is wrong, in `issue`. */
  declare readonly operationOutcome?: {
    readonly resourceType: 'OperationOutcome';
    readonly issue?: readonly {
      readonly severity?: string;
      readonly code?: string;
      readonly diagnostics?: string;
      readonly details?: { readonly text?: string };
    }[];
  };

  /**
   * For the tests of an app: what it does with an error. All others are the package's.
   *
   * @example
   * const ended = new SmartError({ code: 'session_expired', message: 'the session has ended' });
   */
  constructor(
    members: Pick<SmartError, 'code' | 'message'> &
      Partial<
        Pick<
          SmartError,
          | 'hint'
          | 'fault'
          | 'userMessage'
          | 'retryable'
          | 'purpose'
          | 'url'
          | 'warning'
          | 'returnTo'
          | 'status'
          | 'retryAfterSeconds'
          | 'oauth'
          | 'body'
          | 'operationOutcome'
        >
      >,
    cause?: unknown,
  ) {
    const { code, message, hint = '', retryable = false, fault = 'app', userMessage = USER_MESSAGE, ...rest } = members;
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SmartError';
    Object.assign(this, { code, hint, retryable, fault, userMessage, ...rest });
    Object.defineProperty(this, MARK, { value: true });
  }
}

/**
 * What errors are made of.
 *
 * @internal
 */
export type SmartErrorMembers = ConstructorParameters<typeof SmartError>[0];

/**
 * Who can mend an error: the `user`, by signing in again; the `app`, its options, its code and its registration at the
 * server; the `server`, or a proxy before it; the `network`; the `browser`, or the device.
 */
export type SmartFault = 'user' | 'app' | 'server' | 'network' | 'browser';

/** What a request was for. */
export type SmartRequestPurpose =
  | 'discovery'
  | 'openid_discovery'
  | 'token'
  | 'refresh'
  | 'jwks'
  | 'userinfo'
  | 'introspection'
  | 'revocation'
  | 'fhir';
