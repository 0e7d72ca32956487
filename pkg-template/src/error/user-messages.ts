// The messages for users in English, and the list of errors that share a message.

import type { Failure } from './failure.js';
import type { SmartErrorCode } from './smart-error-code.js';

/**
 * An error code, or one of two keys that are not error codes: `access_denied` if the user, or the server for this user, did not
 * permit the access; `unavailable` if the app's own server has failed.
 */
export type UserMessageKey = SmartErrorCode | 'access_denied' | 'unavailable';

/** Errors that have the message of another error. */
export const SHARED_MESSAGES = {
  endpoint_scheme: 'config_invalid',
  origin_not_allowed: 'config_invalid',
  crypto_unavailable: 'config_invalid',
  registration_refused: 'config_invalid',

  par_required: 'pkce_unsupported',
  discovery_issuer: 'pkce_unsupported',
  token_type_unsupported: 'pkce_unsupported',
  dpop_unsupported: 'pkce_unsupported',
  dpop_downgrade: 'pkce_unsupported',

  http_status: 'json_invalid',
  discovery_invalid: 'json_invalid',
  token_response_invalid: 'json_invalid',
  bundle_invalid: 'json_invalid',
  content_type: 'json_invalid',
  body_too_large: 'json_invalid',
  redirected: 'json_invalid',
  userinfo_invalid: 'json_invalid',
  introspection_invalid: 'json_invalid',
  par_response_invalid: 'json_invalid',
  registration_response_invalid: 'json_invalid',
  dpop_refused: 'json_invalid',

  refresh_rejected: 'session_expired',
  dpop_key_lost: 'session_expired',
  worker_lost: 'session_expired',
  interaction_required: 'signed_out',
  callback_replayed: 'state_unknown',
  popup_closed: 'sign_in_abandoned',

  callback_malformed: 'token_refused',
  callback_duplicate_param: 'token_refused',
  callback_wrong_mode: 'token_refused',
  iss_missing: 'token_refused',
  iss_mismatch: 'token_refused',

  timeout: 'network',
  service_worker_unavailable: 'dpop_unavailable',
} as const satisfies Partial<Record<SmartErrorCode, SmartErrorCode>>;

/** The messages of a language: one for each error that is not in the list above. */
export type UserMessages = Readonly<Record<MessageKey, string>>;
type MessageKey = Exclude<UserMessageKey, keyof typeof SHARED_MESSAGES>;

export const NOT_SET_UP = 'This app is not set up correctly. Please tell the people who support it.';
export const UNAVAILABLE = 'This app is not available at the moment. Please try again.';

export const USER_MESSAGES: UserMessages = {
  config_invalid: NOT_SET_UP,
  pkce_unsupported: 'This app cannot sign in to this health record system. Please tell the people who support it.',
  json_invalid: 'There is a problem with the health record system. Try again later, or tell the people who support this app.',

  issuer_not_allowed: 'This app does not work with the health record system that it was opened from.',
  launch_invalid: 'The app could not be opened from here. Please open it again from the health record.',

  signed_out: 'Please sign in.',
  session_expired: 'Your session has ended. Please sign in again.',
  refresh_in_doubt: 'Your session could not be extended. Please sign in again.',
  sign_in_abandoned: 'The sign-in was not completed. Please try again.',
  popup_blocked: 'The browser did not open the sign-in window. Allow pop-ups for this page and try again.',

  access_denied: 'Access was not permitted, so you are not signed in. You can try again.',
  authorization_refused:
    'The health record system refused the sign-in. Try again later, or tell the people who support this app.',
  token_refused: 'The sign-in failed. Try again later, or tell the people who support this app.',
  state_unknown: 'This sign-in is no longer valid. Please sign in again.',
  id_token_invalid: 'It is not certain who is signed in, so the app has stopped. Please sign in again.',
  launch_context_invalid: 'It is not certain whose record is open, so the app has stopped. Please sign in again.',

  network: 'The health record system cannot be reached. Check the connection and try again.',
  aborted: 'The request was stopped.',
  too_many_pages: 'There are more results than this app can show. Please tell the people who support it.',
  logout_remote_failed: 'You are signed out here, but the health record system could not be informed.',
  unavailable: UNAVAILABLE,

  storage_unavailable: 'The browser does not let this page store anything. Allow it, or open the app in a tab of its own.',
  dpop_unavailable: 'This app does not work here. Open it in a window that is not private, or in another browser.',
  wasm_unavailable: 'Something could not be loaded. Check the connection and try again.',
  clock_skew: 'The clock of this device is wrong. Set the date and time, and try again.',
  lock_timeout: 'Please close other tabs of this app and try again.',
  internal: 'Something did not work in this browser. Reload the page and try again.',
};

/** The key of an error's message. */
export function userMessageKey({ code, oauth, status }: Pick<Failure, 'code' | 'oauth' | 'status'>): UserMessageKey {
  if (REFUSALS.includes(code) && oauth?.error === 'access_denied') return 'access_denied';
  // These codes are about the browser. With a status they are from the app's own server.
  return status !== undefined && BROWSER_ERRORS.includes(code) ? 'unavailable' : code;
}

/** The key of an error's message in {@link UserMessages}: its own, or that of the error with the same message. */
export const sharedMessageKey = (key: UserMessageKey): MessageKey => SHARED_MESSAGES[key as keyof typeof SHARED_MESSAGES] ?? key;

const REFUSALS: readonly SmartErrorCode[] = ['authorization_refused', 'token_refused'];
const BROWSER_ERRORS: readonly SmartErrorCode[] = [
  'storage_unavailable',
  'lock_timeout',
  'aborted',
  'internal',
  'wasm_unavailable',
];
