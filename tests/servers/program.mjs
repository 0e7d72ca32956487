// Starts each server as a separate program, waits for it, and stops it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** @type {Set<{ child: import('node:child_process').ChildProcess, exited: Promise<unknown> }>} */
const running = new Set();
process.once('exit', () => running.forEach(({ child }) => kill(child, 'SIGKILL')));

/**
 * Starts a program and waits until it responds at `url`. The program runs until `stopPrograms` is called.
 *
 * @param {{ command: string[], url: string, cwd?: string, env?: Record<string, string> }} options
 */
export async function startProgram({ command: [program = '', ...rest], url, cwd, env = {} }) {
  // A separate process group, so that child processes end with the program.
  const child = spawn(program, rest, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  /** @type {Buffer[]} */
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  const exited = once(child, 'exit').catch((error) => output.push(Buffer.from(error.message)));
  running.add({ child, exited });
  const deadline = Date.now() + START_TIMEOUT;
  while (!(await responds(url))) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      throw new Error(`${program} does not respond at ${url}:\n${Buffer.concat(output)}`);
    }
    await sleep(50);
  }
}

/** Stops all programs that were started. */
export async function stopPrograms() {
  for (const program of running) {
    const { child, exited } = program;
    kill(child, 'SIGTERM');
    await Promise.race([exited, sleep(STOP_TIMEOUT, null, { ref: false })]);
    // Kills processes that ignored the signal, and child processes that are left.
    kill(child, 'SIGKILL');
    await exited;
    running.delete(program);
  }
}

/** @param {import('node:child_process').ChildProcess} child @param {NodeJS.Signals} signal */
function kill({ pid }, signal) {
  try {
    if (pid) process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** @param {string} url */
const responds = (url) =>
  fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  );

/** Time limits in milliseconds for the start, and for the end after the signal. */
const START_TIMEOUT = 60_000;
const STOP_TIMEOUT = 3_000;
