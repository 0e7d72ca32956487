// A session store in PostgreSQL, through the app's pool.

import { leaseLock } from './lease.js';
import type { SessionStore } from './session-store.js';

/** PostgreSQL's errors if another connection creates the same table: unique_violation, duplicate_table, duplicate_object. */
const CREATED_BY_ANOTHER: readonly unknown[] = ['23505', '42P07', '42710'];

/** A `Pool` or a connected `Client` of the npm package `pg`. */
export interface PostgresPool {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly unknown[]; readonly rowCount: number | null }>;
}

export interface PostgresStoreOptions {
  /** Name of the table, with its schema if needed. Default `smart_launch_sessions`. */
  table?: string | undefined;
}

export interface PostgresStore extends SessionStore {
  /** Creates the table if there is none. */
  createTable(): Promise<void>;
  /** Removes expired rows. Call it from time to time; expired rows are never returned. */
  removeExpired(): Promise<void>;
}

/**
 * Creates a store in PostgreSQL from a `Pool` of the npm package `pg`, which the app closes. Set `connectionTimeoutMillis` to
 * less than five seconds: a call of the store fails after five seconds, and its statement must not run later.
 *
 * @example
 * import pg from 'pg';
 * import { postgresStore } from 'smart-launch/server-postgres';
 *
 * const pool = new pg.Pool({ connectionString: 'postgres://localhost/app', connectionTimeoutMillis: 4_000 });
 * const store = postgresStore(pool);
 * await store.createTable();
 * const sessions = { store };
 */
export function postgresStore(pool: PostgresPool, options: PostgresStoreOptions = {}): PostgresStore {
  const { table = 'smart_launch_sessions' } = options;
  // The name of a table cannot be a parameter of a statement.
  if (!/^[a-z_]\w*(?:\.[a-z_]\w*)?$/i.test(table)) throw new TypeError('`table` is not a plain name');
  const run = (text: string, ...values: unknown[]) => pool.query(text, values);
  const isDone = async (done: ReturnType<typeof run>) => ((await done).rowCount ?? 0) > 0;
  const end = (parameter: string) => `now() + ${parameter} * interval '1 millisecond'`;
  const write = `INSERT INTO ${table} AS old (key, value, expires) VALUES ($1, $2, ${end('$3')})
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires`;
  const create = `CREATE TABLE IF NOT EXISTS ${table} (key text PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL)`;
  return {
    async createTable() {
      try {
        await run(create);
      } catch (error) {
        // Instances that start together all find no table, and PostgreSQL creates it for only one of them.
        if (!CREATED_BY_ANOTHER.includes((error as { readonly code?: unknown } | null)?.code)) throw error;
        await run(create);
      }
    },
    async removeExpired() {
      await run(`DELETE FROM ${table} WHERE expires <= now()`);
    },
    async get(key) {
      const { rows } = await run(`SELECT value FROM ${table} WHERE key = $1 AND expires > now()`, key);
      // The column is not null.
      return (rows[0] as { readonly value: string } | undefined)?.value;
    },
    async set(key, value, seconds) {
      await run(write, key, value, seconds * 1000);
    },
    replace: (key, present, value, seconds) =>
      isDone(
        run(
          `UPDATE ${table} SET value = $3, expires = ${end('$4')} WHERE key = $1 AND value = $2 AND expires > now()`,
          key,
          present,
          value,
          seconds * 1000,
        ),
      ),
    async delete(key) {
      await run(`DELETE FROM ${table} WHERE key = $1`, key);
    },
    lock: leaseLock({
      take: (key, owner, lease) => isDone(run(`${write} WHERE old.expires <= now()`, `lock:${key}`, owner, lease)),
      extend: (key, owner, lease) =>
        isDone(
          run(
            `UPDATE ${table} SET expires = ${end('$3')} WHERE key = $1 AND value = $2 AND expires > now()`,
            `lock:${key}`,
            owner,
            lease,
          ),
        ),
      remove: (key, owner) => run(`DELETE FROM ${table} WHERE key = $1 AND value = $2`, `lock:${key}`, owner),
    }),
  };
}
