// The store of the library over a client.

import { postgresStore } from 'smart-launch/server-postgres';
import { redisStore } from 'smart-launch/server-redis';
import { clientOf } from './programs.mjs';

export const KINDS = ['redis', 'ioredis', 'pg'];

/**
 * @param {string} kind
 * @param {string} url
 */
export async function storeOf(kind, url) {
  const { client, close } = await clientOf(kind, url);
  if (kind !== 'pg') {
    return { store: redisStore(/** @type {import('smart-launch/server-redis').RedisClient} */ (/** @type {unknown} */ (client))), close };
  }
  const store = postgresStore(/** @type {import('pg').Pool} */ (client));
  await store.createTable();
  return { store, close };
}
