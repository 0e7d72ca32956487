// A session store of the package, with a client of the given kind.

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
  // Cast, because the clients' own types have many overloads.
  const redis = /** @type {import('smart-launch/server-redis').RedisClient} */ (/** @type {unknown} */ (client));
  if (kind !== 'pg') return { store: redisStore(redis), close };
  const store = postgresStore(/** @type {import('pg').Pool} */ (client));
  await store.createTable();
  return { store, close };
}
