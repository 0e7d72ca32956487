// SmartError.

import { SmartError, type SmartErrorCode } from 'smart-launch';
import { expectType, type Same } from './expect.js';

export function handle(error: unknown): string {
  // The example in the documentation of SmartError.
  if (SmartError.is(error) && error.code === 'authorization_refused') return error.oauth?.description ?? error.message;
  if (!SmartError.is(error)) throw error;
  expectType<Same<typeof error, SmartError>>();
  expectType<Same<typeof error.retryable, boolean>>();
  expectType<Same<typeof error.status, number | undefined>>();
  expectType<Same<typeof error.body, unknown>>();
  const base: Error = error;
  // @ts-expect-error no such code
  if (error.code === 'state_mismatch') return '';
  // @ts-expect-error the members are read-only
  error.code = 'network';
  return error.hint + base.message;
}

export function createErrors(cause: unknown) {
  // The example in the documentation of SmartError.
  const expiredError = new SmartError({ code: 'session_expired', message: 'the session has ended' });
  const refusedError = new SmartError(
    { code: 'token_refused', message: 'refused', hint: 'Ask.', status: 400, retryable: false, oauth: { error: 'x' } },
    cause,
  );
  // @ts-expect-error the argument is an object with a code, not a message
  new SmartError('the session has ended');
  // @ts-expect-error the argument is required
  new SmartError();
  // @ts-expect-error no such code
  new SmartError({ code: 'state_mismatch', message: 'the session has ended' });
  // @ts-expect-error the name cannot be set
  new SmartError({ code: 'network', message: 'the session has ended', name: 'Error' });
  return refusedError instanceof Error ? [expiredError, refusedError] : [];
}

export function codes(errors: unknown[], text: string) {
  const smartErrors = errors.filter(SmartError.is);
  expectType<Same<typeof smartErrors, SmartError[]>>();
  for (const { code } of smartErrors) {
    if (code !== 'network' && code !== 'timeout') continue;
    expectType<Same<typeof code, 'network' | 'timeout'>>();
  }
  // @ts-expect-error a code is not any string
  const code: SmartErrorCode = text;
  return code;
}

/** Every code is handled here, so a new one is a compile error. */
export function fault(code: SmartErrorCode): 'app' | 'server' | 'callback' | 'platform' {
  switch (code) {
    case 'config_invalid':
    case 'issuer_not_allowed':
    case 'endpoint_scheme':
    case 'launch_invalid':
    case 'origin_not_allowed':
    case 'signed_out':
    case 'too_many_pages':
    case 'session_expired':
    case 'sign_in_abandoned':
    case 'popup_blocked':
    case 'popup_closed':
      return 'app';
    case 'authorization_refused':
    case 'interaction_required':
    case 'token_refused':
    case 'refresh_rejected':
    case 'par_required':
    case 'registration_refused':
    case 'discovery_invalid':
    case 'discovery_issuer':
    case 'pkce_unsupported':
    case 'token_response_invalid':
    case 'token_type_unsupported':
    case 'launch_context_invalid':
    case 'json_invalid':
    case 'bundle_invalid':
    case 'content_type':
    case 'body_too_large':
    case 'redirected':
    case 'http_status':
    case 'id_token_invalid':
    case 'userinfo_invalid':
    case 'introspection_invalid':
    case 'registration_response_invalid':
    case 'logout_remote_failed':
    case 'par_response_invalid':
      return 'server';
    case 'state_unknown':
    case 'callback_malformed':
    case 'callback_duplicate_param':
    case 'callback_wrong_mode':
    case 'callback_replayed':
    case 'iss_missing':
    case 'iss_mismatch':
      return 'callback';
    case 'clock_skew':
    case 'crypto_unavailable':
    case 'network':
    case 'timeout':
    case 'aborted':
    case 'storage_unavailable':
    case 'wasm_unavailable':
    case 'worker_lost':
    case 'service_worker_unavailable':
    case 'internal':
    case 'lock_timeout':
    case 'refresh_in_doubt':
    case 'dpop_unavailable':
    case 'dpop_unsupported':
    case 'dpop_refused':
    case 'dpop_downgrade':
    case 'dpop_key_lost':
      return 'platform';
  }
}
