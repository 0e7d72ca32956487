/**
 * The client of `smart-launch` with its session in a dedicated worker. Refresh token, access token and ID token are
 * never in the page, so a script injected there cannot steal them. docs/web-worker.md lists the attacks that remain
 * possible.
 */

export { createIsolatedSmartClient } from './isolated/create-isolated-client.js';
export type {
  IsolatedEnvironment,
  IsolatedFetchInit,
  IsolatedSmartClient,
  IsolatedSmartClientOptions,
} from './isolated/isolated-client.js';
export type { IsolatedSession, IsolatedTokenResponse } from './isolated/isolated-session.js';
export type { IsolatedEvent, IsolatedEvents, IsolatedState } from './isolated/isolated-state.js';
