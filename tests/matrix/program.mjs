// Starts other programs.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** Milliseconds until a server must respond. */
const START_TIMEOUT = 60_000;

/**
 * @typedef {{ cwd?: string, env?: Record<string, string> | undefined, test?: import('./run-environment.mjs').Test }} Options
 */

/** Settings that stop tools from sending network requests of their own. */
const QUIET = {
  NEXT_TELEMETRY_DISABLED: '1',
  WRANGLER_SEND_METRICS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  DENO_NO_UPDATE_CHECK: '1',
  DO_NOT_TRACK: '1',
  NO_COLOR: '1',
};

/**
 * Runs a program to its end, and returns its output.
 *
 * @param {string[]} command
 * @param {Options} [options]
 * @returns {Promise<string>}
 */
export async function run(command, options = {}) {
  const { child, output } = launch(command, options);
  const [code] = await once(child, 'close');
  if (code === 0) return output();
  const [line] = output().match(/^.*\b(error|fail|cannot)\b.*$/im) ?? [`exit code ${code}`];
  throw Object.assign(new Error(line.trim()), { details: `${command.join(' ')}\n${output()}` });
}

/**
 * Starts a server, which is stopped with the test, and waits until it responds at `url`.
 *
 * @param {string[]} command
 * @param {Options & { url: string }} options
 */
export async function startServer(command, { url, ...options }) {
  const { child, output } = launch(command, options);
  for (const deadline = Date.now() + START_TIMEOUT; Date.now() < deadline; await wait(100)) {
    if (child.exitCode !== null) break;
    if (await fetch(url, { method: 'HEAD' }).catch(() => undefined)) return;
  }
  throw Object.assign(new Error(`${url} does not respond`), { details: `${command.join(' ')}\n${output()}` });
}

/** @param {string[]} command @param {Options} options */
function launch([program = '', ...args], { cwd, env = {}, test }) {
  // A separate process group, so that child processes end with the program.
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...QUIET, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (data) => (text += data));
  child.on('error', (error) => (text += error.message));
  test?.after(() => stop(child));
  return { child, output: () => text };
}

/** @param {import('node:child_process').ChildProcess} child */
async function stop(child) {
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    process.kill(-child.pid, signal);
    await Promise.race([once(child, 'close'), wait(2_000)]);
  }
}

let port = 10_000 + Math.floor(Math.random() * 15_000);

/**
 * A port that is free now, below the range from which the system assigns ephemeral ports.
 *
 * @returns {Promise<number>}
 */
export async function freePort() {
  port += 1;
  const server = createServer().listen(port, 'localhost');
  try {
    await once(server, 'listening');
  } catch {
    return freePort();
  }
  server.close();
  await once(server, 'close');
  return port;
}
