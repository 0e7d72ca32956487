/**
 * Sessions of `createSmartServer` in PostgreSQL.
 */

export { postgresStore } from './server-sessions/postgres-store.js';
export type { PostgresPool, PostgresStore, PostgresStoreOptions } from './server-sessions/postgres-store.js';
export type { SessionStore, StoreLock } from './server-sessions/session-store.js';
