// The session of a client in a worker, as the page sees it.

import type { SmartSession, SmartTokenResponse } from '../session/smart-session.js';

/**
 * {@link SmartSession} without tokens. For `can` the page loads the WebAssembly module; if that fails, for instance because the
 * page's Content-Security-Policy does not permit it, `can` throws `wasm_unavailable` and everything else works.
 */
export interface IsolatedSession extends Omit<SmartSession, 'tokenResponse'> {
  /** The token response with its original member names, without the three tokens. */
  readonly tokenResponse: IsolatedTokenResponse;
}

export type IsolatedTokenResponse = {
  readonly [Member in keyof SmartTokenResponse as Exclude<Member, Tokens>]: SmartTokenResponse[Member];
} & { readonly [Token in Tokens]?: never };

type Tokens = 'access_token' | 'refresh_token' | 'id_token';
