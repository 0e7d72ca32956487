/**
 * Sessions of `createSmartServer` in Redis.
 */

export { redisStore } from './server-sessions/redis-store.js';
export type { IoredisClient, RedisClient, RedisStoreOptions } from './server-sessions/redis-store.js';
export type { SessionStore, StoreLock } from './server-sessions/session-store.js';
