// The error class.

import type { SmartErrorCode } from './smart-error-code.js';
import type { SmartWarningCode } from './smart-warning.js';

const MARK = Symbol.for('smart-launch.SmartError');
const USER_MESSAGE = 'Something went wrong. Please try again.';

/**
 * The error of every failing call. `code` is stable; `message` is one sentence without secrets; `hint` says what to do.
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
   * The name in stack traces, also when a minifier renames the class.
   *
   * @internal
   */
  static override name = 'SmartError';

  /** Whether `value` is a SmartError, including one of another copy of this package. */
  static is(value: unknown): value is SmartError {
    try {
      // In any other value the member is `undefined`.
      return Boolean((value as { [MARK]?: unknown } | null | undefined)?.[MARK]);
    } catch {
      // An app or a page may throw any value.
      return false;
    }
  }

  declare readonly name: 'SmartError';
  declare readonly code: SmartErrorCode;
  /** What to do; for developers, in English. */
  declare readonly hint: string;
  /** The party that can resolve the error: see {@link SmartFault}. */
  declare readonly fault: SmartFault;
  /** A sentence for the user, in English. `smart-launch/messages` has such sentences in other languages. */
  declare readonly userMessage: string;
  /** The purpose of the request that failed, if the error is about a request. */
  declare readonly purpose?: SmartRequestPurpose;
  /** URL of the request that failed, without query and fragment. */
  declare readonly url?: string;
  /** The warning that `strict` has made an error. */
  declare readonly warning?: SmartWarningCode;
  /** Whether the same call may succeed later. */
  declare readonly retryable: boolean;
  /** `returnTo` of the sign-in that failed, for the next attempt. */
  declare readonly returnTo?: string;
  /** HTTP status, if the server responded. */
  declare readonly status?: number;
  /** Seconds that the server asked to wait (`Retry-After`). At most 300, except for requests to the FHIR API. */
  declare readonly retryAfterSeconds?: number;
  /**
   * The server's error response (RFC 6749 §4.1.2.1, §5.2); `hint` is a text for developers that some servers add. All members are
   * untrusted: show them as text, never as HTML.
   */
  declare readonly oauth?: {
    readonly error: string;
    readonly description?: string;
    readonly hint?: string;
    readonly uri?: string;
  };
  /**
   * Body of the response to {@link SmartClient.request}: parsed if it is JSON, else text. The tokens of the request and
   * of the session are masked; health data is not.
   */
  declare readonly body?: unknown;
  /** The body, if that is an OperationOutcome: the FHIR server's errors are in `issue`. */
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
   * For an app's tests of its error handling. All other errors are created by this package.
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
 * Members from which an error is made.
 *
 * @internal
 */
export type SmartErrorMembers = ConstructorParameters<typeof SmartError>[0];

/**
 * The party that can resolve an error: the `user`, by signing in again; the `app`, by its options, its code or its
 * registration at the server; the `server`, or a proxy in front of it; the `network`; the `browser` or the device.
 */
export type SmartFault = 'user' | 'app' | 'server' | 'network' | 'browser';

/** The purpose of a request. */
export type SmartRequestPurpose =
  | 'discovery'
  | 'openid_discovery'
  | 'pushed'
  | 'token'
  | 'refresh'
  | 'jwks'
  | 'userinfo'
  | 'introspection'
  | 'revocation'
  | 'registration'
  | 'fhir';
