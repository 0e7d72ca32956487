// Redis and PostgreSQL for tests: they run on free ports, with their data in a temporary directory, until the tests end.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Ioredis from 'ioredis';
import pg from 'pg';
import { createClient } from 'redis';

/** Where Debian installs PostgreSQL. */
const VERSIONS = '/usr/lib/postgresql';

/** @returns {Promise<number>} */
export async function freePort() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts Redis; `stop` and `start` keep its port and its data, `end` removes the data. */
export async function startRedis() {
  const [port, directory] = [await freePort(), mkdtempSync(join(tmpdir(), 'smart-launch-redis-'))];
  const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory];
  const values = [...place, '--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  async function start() {
    child = spawn('redis-server', values, { stdio: 'ignore' });
    const client = new Ioredis(port, '127.0.0.1', { lazyConnect: false, maxRetriesPerRequest: null, retryStrategy: () => 50 });
    client.on('error', () => {});
    await client.ping();
    client.disconnect();
  }
  async function stop() {
    const ended = child && once(child, 'exit');
    child?.kill('SIGKILL');
    await ended;
  }
  await start();
  async function end() {
    await stop();
    rmSync(directory, { recursive: true });
  }
  return { url: `redis://127.0.0.1:${port}`, start, stop, end };
}

/**
 * Starts PostgreSQL; `stop` and `start` keep its port and its data, `end` removes the data. PostgreSQL refuses to run as root, so
 * if the tests run as root, it runs as `postgres`, the user of Debian's package.
 */
export async function startPostgres() {
  const [port, directory] = [await freePort(), mkdtempSync(join(tmpdir(), 'smart-launch-postgres-'))];
  const [version] = existsSync(VERSIONS) ? readdirSync(VERSIONS).sort((left, right) => Number(right) - Number(left)) : [];
  const bin = version ? join(VERSIONS, version, 'bin') : '';
  const isRoot = process.getuid?.() === 0;
  const idOf = (/** @type {string} */ option) => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
  const owner = isRoot ? { uid: idOf('-u'), gid: idOf('-g') } : {};
  if (owner.uid !== undefined) chownSync(directory, owner.uid, owner.gid);
  const data = join(directory, 'data');
  const options = /** @type {const} */ ({ stdio: 'ignore', cwd: directory, ...owner });
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'tester', '-A', 'trust', '--no-sync'], options);
  const values = ['-D', data, '-p', String(port), '-k', '', '-h', '127.0.0.1', '-F'];
  const url = `postgres://tester@127.0.0.1:${port}/postgres`;
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  async function start() {
    const started = (child = spawn(join(bin, 'postgres'), values, options));
    for (;;) {
      const client = new pg.Client({ connectionString: url });
      const isReady = await client.connect().then(() => true, () => false);
      await client.end().catch(() => {});
      if (isReady) break;
      if (started.exitCode !== null) throw new Error('PostgreSQL did not start');
      await wait(100);
    }
  }
  async function stop() {
    const ended = child && once(child, 'exit');
    // Stops at once, as in a crash; PostgreSQL recovers at the next start.
    child?.kill('SIGQUIT');
    await ended;
  }
  await start();
  async function end() {
    await stop();
    rmSync(directory, { recursive: true });
  }
  return { url, start, stop, end };
}

/**
 * A client of this kind, as an app creates it for its store.
 *
 * @param {string} kind
 * @param {string} url
 */
export async function clientOf(kind, url) {
  if (kind === 'pg') {
    const pool = new pg.Pool({ connectionString: url, max: 5, connectionTimeoutMillis: 4_000 });
    pool.on('error', () => {});
    return { client: pool, close: () => pool.end() };
  }
  if (kind === 'ioredis') {
    const noLateWrites = { enableOfflineQueue: false, autoResendUnfulfilledCommands: false };
    const client = new Ioredis(url, { maxRetriesPerRequest: 1, retryStrategy: () => 50, ...noLateWrites });
    client.on('error', () => {});
    await once(client, 'ready');
    return { client, close: async () => client.disconnect() };
  }
  const client = createClient({ url, disableOfflineQueue: true, socket: { reconnectStrategy: 50 } });
  client.on('error', () => {});
  await client.connect();
  return { client, close: async () => client.destroy() };
}
