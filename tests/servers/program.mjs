// A server is a program of its own: started, waited for, ended.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Starts a program and waits until it answers at `url`.
 *
 * @param {{ command: [string, ...string[]], url: string, cwd?: string, env?: Record<string, string> }} how
 */
export async function startProgram({ command: [program, ...rest], url, cwd, env = {} }) {
  const child = spawn(program, rest, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk));
  const gone = once(child, 'exit');
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill();
    if (await Promise.race([gone, sleep(GRACE, null, { ref: false })])) return;
    kill();
    await gone;
  };
  const deadline = Date.now() + PATIENCE;
  while (!(await answers(url))) {
    if (child.exitCode === null && Date.now() < deadline) {
      await sleep(50);
      continue;
    }
    await stop();
    throw new Error(`${program} does not answer at ${url}:\n${Buffer.concat(said)}`);
  }
  return { stop };
}

const answers = (url) =>
  fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  );

/** Milliseconds to start in, and to end in when asked. */
const PATIENCE = 60_000;
const GRACE = 3_000;
