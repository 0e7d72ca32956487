/** The command line: wrong options end the program with a message, and no server keeps listening. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startSandbox } from './sandbox.mjs';

const PROGRAM = fileURLToPath(new URL('main.mjs', import.meta.url));

/** Runs the command until it ends. @returns {Promise<{ status: unknown, message: string }>} */
const run = (...options) =>
  new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, '--port', '0', ...options], (error, _, stderr) => {
      resolve({ status: error?.code ?? 0, message: stderr.replace(/^.*WARNING.*$/gm, '').trim() });
    });
  });

for (const [options, message] of [
  [['--app-url', 'localhost:5173'], /^--app-url must be an http or https URL, not 'localhost:5173'\.$/],
  [['--redirect-uri', 'com.example.app:/back'], /^--redirect-uri must be an http or https URL/],
  [['--redirect-uri', 'http://localhost:5173/#back'], /^The app 'smart-launch-demo' cannot be registered: redirect_uris must not/],
  [['--client-id', ''], /^--client-id is empty\.$/],
  [['--client-secret='], /^--client-secret is empty\.$/],
  [['--demo', '--client-id', 'mine', '--require-par'], /^--demo serves an app of its own: leave out --client-id, --require-par\.$/],
  [['--demo', '--port', '65535'], /^--port must be a whole number from 0 to 65534/],
]) {
  test(`refused: ${options.join(' ')}`, async () => {
    const result = await run(...options);
    assert.match(result.message, message);
    assert.equal(result.status, 1);
  });
}

test('startSandbox rejects for an app that cannot be registered', async () => {
  const app = { clientId: 'demo', redirectUris: ['localhost:5173'] };
  await assert.rejects(startSandbox({ apps: [app] }), /^Error: The app 'demo' cannot be registered: redirect_uris must/);
  await assert.rejects(startSandbox({ apps: [{ ...app, clientId: '' }] }), /no client id/);
});
