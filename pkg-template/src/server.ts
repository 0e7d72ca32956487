/**
 * Users signed in on a server: routes for launch, login, callback and logout on web `Request` and `Response`, sessions in a
 * store, and FHIR requests without a token in the page.
 */

export { createSmartServer } from './server-sessions/create-smart-server.js';
export { leaseLock } from './server-sessions/lease.js';
export type { Leases } from './server-sessions/lease.js';
export { memoryStore } from './server-sessions/memory-store.js';
export { toNode } from './server-sessions/node.js';
export type { NodeRequest } from './server-sessions/node-request.js';
export type { NodeRequestWithBody, NodeResponse } from './server-sessions/node.js';
export type {
  ProxyOptions,
  PublicKey,
  RegisteredServer,
  RegisteredServerDefaults,
  ServerBehaviour,
  SessionOptions,
  SmartServerSetup,
} from './server-sessions/server-options.js';
export type { RequestHead } from './server-sessions/request-head.js';
export type { ServerSession } from './server-sessions/server-session.js';
export type { SessionStore, StoreLock } from './server-sessions/session-store.js';
export type { SmartServer } from './server-sessions/smart-server.js';
