import type { SmartError, SmartErrorCode } from 'smart-launch';

/** An error in words for users who only want to open a record. */
export interface Headline {
  readonly title: string;
  /** An explanation for users, if the library's own message is for developers. */
  readonly lead?: string;
  /** The party that has to act, or `choice` for a decision of the user that needs no action. */
  readonly side: 'choice' | 'server' | 'app' | 'link' | 'connection' | 'browser';
}

export function headline(error: SmartError): Headline {
  if (error.oauth?.error === 'access_denied') return DENIED;
  return HEADLINES[error.code] ?? { title: 'An error occurred', side: 'app' };
}

const DENIED: Headline = {
  title: 'Access was denied',
  lead: 'No data was read or stored. You can sign in again at any time.',
  side: 'choice',
};

const HEADLINES: Partial<Record<SmartErrorCode, Headline>> = {
  config_invalid: { title: 'This app is not configured correctly', side: 'app' },
  issuer_not_allowed: { title: 'This app does not know that server', side: 'link' },
  endpoint_scheme: { title: 'The server’s address is not secure', side: 'server' },
  launch_invalid: { title: 'The link that opened this app is broken', side: 'link' },
  signed_out: { title: 'You are signed out', side: 'choice' },
  session_expired: { title: 'The session has expired', lead: 'Sign in again to continue.', side: 'choice' },
  sign_in_abandoned: {
    title: 'You came back before signing in',
    lead: 'That sign-in was cancelled. You can start another one.',
    side: 'choice',
  },
  authorization_refused: { title: 'The server refused the sign-in', side: 'server' },
  interaction_required: { title: 'The server wants you to sign in again', side: 'server' },
  token_refused: { title: 'The server refused to give a token', side: 'server' },
  refresh_rejected: { title: 'The session could not be renewed', side: 'server' },
  discovery_invalid: { title: 'The server’s configuration is invalid', side: 'server' },
  pkce_unsupported: { title: 'The server’s sign-in is not safe enough', side: 'server' },
  token_response_invalid: { title: 'The server’s response is invalid', side: 'server' },
  launch_context_invalid: { title: 'The server’s response is invalid', side: 'server' },
  json_invalid: { title: 'The server’s response is invalid', side: 'server' },
  http_status: { title: 'The server responded with an error', side: 'server' },
  state_unknown: { title: 'This sign-in was not started here', side: 'link' },
  callback_malformed: { title: 'The link back from the server is broken', side: 'link' },
  callback_replayed: { title: 'This sign-in was already used', side: 'link' },
  iss_missing: { title: 'The response does not name its server', side: 'server' },
  iss_mismatch: { title: 'The response came from another server', side: 'link' },
  network: { title: 'The server cannot be reached', side: 'connection' },
  timeout: { title: 'The server takes too long', side: 'connection' },
  storage_unavailable: { title: 'This browser stores no data for this app', side: 'browser' },
  wasm_unavailable: { title: 'This page is not allowed to run WebAssembly', side: 'browser' },
};
