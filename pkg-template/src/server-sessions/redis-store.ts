// A session store in Redis, through the app's client.

import { leaseLock } from './lease.js';
import type { SessionStore } from './session-store.js';

/** A connected client of the npm package `redis`. */
export interface RedisClient {
  sendCommand(command: string[]): Promise<unknown>;
}

/** A client of the npm package `ioredis`. */
export interface IoredisClient {
  call(command: string, ...values: string[]): Promise<unknown>;
}

export interface RedisStoreOptions {
  /** Beginning of the keys. Default `smart-launch:`. */
  prefix?: string | undefined;
}

const REPLACE =
  "if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end redis.call('set', KEYS[1], ARGV[2], 'PX', ARGV[3]) return 1";
const EXTEND = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) else return 0 end";
const REMOVE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end";

/**
 * Creates a store in Redis from a client of the npm package `redis` or `ioredis`, which the app connects and closes. Use a
 * Redis server that does not evict keys (`maxmemory-policy noeviction`) and writes them to disk, and a client that does not
 * queue commands while it is not connected. Otherwise sessions may end early.
 *
 * @example
 * import { createClient } from 'redis';
 * import { redisStore } from 'smart-launch/server-redis';
 *
 * const options = { url: 'redis://localhost:6379', disableOfflineQueue: true };
 * const client = await createClient(options).on('error', console.error).connect();
 * const sessions = { store: redisStore(client) };
 */
export function redisStore(client: RedisClient | IoredisClient, options: RedisStoreOptions = {}): SessionStore {
  const { prefix = 'smart-launch:' } = options;
  const send = (name: string, ...values: string[]) =>
    // `ioredis` has a method `sendCommand` too, which takes an object.
    'call' in client ? client.call(name, ...values) : client.sendCommand([name, ...values]);
  const text = (value: unknown) => (value === null || value === undefined ? undefined : String(value));
  const milliseconds = (seconds: number) => String(Math.max(1, Math.round(seconds * 1000)));
  return {
    get: async (key) => text(await send('GET', prefix + key)),
    async set(key, value, seconds) {
      await send('SET', prefix + key, value, 'PX', milliseconds(seconds));
    },
    replace: async (key, present, value, seconds) =>
      Number(await send('EVAL', REPLACE, '1', prefix + key, present, value, milliseconds(seconds))) === 1,
    async delete(key) {
      await send('DEL', prefix + key);
    },
    lock: leaseLock({
      take: async (key, owner, lease) =>
        (await send('SET', `${prefix}lock:${key}`, owner, 'NX', 'PX', String(lease))) !== null,
      extend: async (key, owner, lease) =>
        Number(await send('EVAL', EXTEND, '1', `${prefix}lock:${key}`, owner, String(lease))) === 1,
      remove: (key, owner) => send('EVAL', REMOVE, '1', `${prefix}lock:${key}`, owner),
    }),
  };
}
