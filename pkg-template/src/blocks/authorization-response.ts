// Authorization responses.

import { withSmartErrors } from '../error/create-error.js';
import { callbackOf } from '../page/callback.js';
import type { FormData, Request, URL, URLSearchParams } from '../values/platform.js';
import type { PostedAnswer } from '../values/posted-answer.js';
import { run } from './run-block.js';

/**
 * Checks an authorization response against its request, and returns the code.
 *
 * @throws {SmartError} `state_unknown`, `callback_*`, `iss_missing`, `iss_mismatch`, `authorization_refused`,
 * `interaction_required`.
 */
export function readAuthorizationResponse(input: {
  /** The URL that the server redirected to, or the body of a `form_post` response. */
  callback: string | URL | URLSearchParams | FormData | Request | PostedAnswer;
  /** The `state` of the request. */
  state: string;
  redirectUri: string | URL;
  responseMode?: 'query' | 'fragment' | 'form_post' | undefined;
  /** Issuer that `iss` must equal (RFC 9207), if known. */
  issuer?: string | undefined;
  /**
   * Whether the server's metadata says that it always sends `iss` (`authorization_response_iss_parameter_supported`).
   */
  issRequired?: boolean | undefined;
}): Promise<{ readonly code: string }> {
  return withSmartErrors(() => {
    const { callback, ...expected } = input;
    return run('authorizationResponse', { ...expected, ...callbackOf(callback) });
  })();
}
