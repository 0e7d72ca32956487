import type { SmartError, SmartErrorCode } from 'smart-launch';

/** An error in the words of somebody who only wants to see a chart. */
export interface Headline {
  readonly title: string;
  /** What it means, where the library's own sentence is for developers. */
  readonly lead?: string;
  /** Whose turn it is, or `choice` for what somebody decided and nobody has to mend. */
  readonly side: 'choice' | 'server' | 'app' | 'link' | 'connection' | 'browser';
}

export function headline(error: SmartError): Headline {
  if (error.oauth?.error === 'access_denied') return DENIED;
  return HEADLINES[error.code] ?? { title: 'That did not work', side: 'app' };
}

const DENIED: Headline = {
  title: 'Access was not given',
  lead: 'Nothing was read, and nothing is kept. You can start again whenever you like.',
  side: 'choice',
};

const HEADLINES: Partial<Record<SmartErrorCode, Headline>> = {
  config_invalid: { title: 'This app is set up wrongly', side: 'app' },
  issuer_not_allowed: { title: 'This app does not know that server', side: 'link' },
  endpoint_scheme: { title: 'The server’s address is not secure', side: 'server' },
  launch_invalid: { title: 'The link that opened this app is broken', side: 'link' },
  signed_out: { title: 'You are signed out', side: 'choice' },
  session_expired: { title: 'The session is over', lead: 'Sign in again to go on.', side: 'choice' },
  sign_in_abandoned: {
    title: 'You came back before signing in',
    lead: 'That sign-in is void. You can begin another.',
    side: 'choice',
  },
  authorization_refused: { title: 'The server refused the sign-in', side: 'server' },
  interaction_required: { title: 'The server wants you to sign in again', side: 'server' },
  token_refused: { title: 'The server refused to give a token', side: 'server' },
  refresh_rejected: { title: 'The session could not be renewed', side: 'server' },
  discovery_invalid: { title: 'The server describes itself wrongly', side: 'server' },
  pkce_unsupported: { title: 'The server’s sign-in is not safe enough', side: 'server' },
  token_response_invalid: { title: 'The server’s answer made no sense', side: 'server' },
  launch_context_invalid: { title: 'The server’s answer made no sense', side: 'server' },
  json_invalid: { title: 'The server’s answer made no sense', side: 'server' },
  http_status: { title: 'The server could not answer', side: 'server' },
  state_unknown: { title: 'This sign-in was not begun here', side: 'link' },
  callback_malformed: { title: 'The link back from the server is broken', side: 'link' },
  callback_replayed: { title: 'This sign-in was used already', side: 'link' },
  iss_missing: { title: 'The answer does not say who sent it', side: 'server' },
  iss_mismatch: { title: 'The answer came from another server', side: 'link' },
  network: { title: 'The server cannot be reached', side: 'connection' },
  timeout: { title: 'The server takes too long', side: 'connection' },
  storage_unavailable: { title: 'This browser keeps nothing for this app', side: 'browser' },
  wasm_unavailable: { title: 'This page may not run WebAssembly', side: 'browser' },
};
