// Starts the sandbox from the command line.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Starts the sandbox as `npx` does, and resolves when it listens.
 *
 * @param {string[]} options
 */
export async function startByCommand(options) {
  const child = spawn('npx', ['--no-install', 'smart-launch-sandbox', ...options, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const exit = once(child, 'exit');
  const group = -Number(child.pid);
  const kill = () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(group, 'SIGKILL');
  };
  try {
    return {
      ...(await readUrls(child.stdout)),
      kill,
      /** Sends the signal as Ctrl+C does: to the whole process group, that is npx and its child processes. */
      async end() {
        process.kill(group, 'SIGINT');
        await exit;
      },
    };
  } catch (error) {
    kill();
    throw error;
  }
}

/** The URLs that the sandbox prints when it listens. @param {import('node:stream').Readable} output */
async function readUrls(output) {
  let text = '';
  for await (const chunk of output) {
    text += chunk;
    if (!text.includes('Stop with')) continue;
    const lines = [/FHIR base URL +(\S+)/, /EHR +(\S+)/, /Demo +(\S+)/];
    const [fhir = '', ehr = '', demo = ''] = lines.map((line) => line.exec(text)?.[1]);
    return { fhir, ehr, demo };
  }
  throw new Error(`the sandbox exited: ${text}`);
}
