// The session of a client in a worker, as the page sees it.

import type { SmartSession, SmartTokenResponse } from '../session/smart-session.js';

/**
 * {@link SmartSession} without tokens. `can` asks the engine, which the page loads for it; where the page's
 * Content-Security-Policy does not permit that, `can` throws `wasm_unavailable` and the rest works.
 */
export interface IsolatedSession extends Omit<SmartSession, 'tokenResponse'> {
  /** The token response under its wire names, but for the three tokens. */
  readonly tokenResponse: IsolatedTokenResponse;
}

export type IsolatedTokenResponse = {
  readonly [Member in keyof SmartTokenResponse as Exclude<Member, Tokens>]: SmartTokenResponse[Member];
} & { readonly [Token in Tokens]?: never };

type Tokens = 'access_token' | 'refresh_token' | 'id_token';
