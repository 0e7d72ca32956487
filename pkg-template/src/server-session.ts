/**
 * The client of a page whose session is on the server (`smart-launch/server`). No token is in the page, and no WebAssembly is
 * loaded.
 */

export { createServerSessionClient } from './server-session-client/create-server-session-client.js';
export type { PageSession, PageSessionEvent, PageSessionEvents, PageSessionState } from './server-session-client/page-session.js';
export type {
  ServerAuthorizeOptions,
  ServerSessionClient,
  ServerSessionClientOptions,
} from './server-session-client/server-session-client.js';
