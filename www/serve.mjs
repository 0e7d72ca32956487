// Serves the built demo, the demo that signs in on its server, and the sandbox server that both sign in to.
//
//   node serve.mjs [--port 4401] [--server-port 4402] [--sandbox-port 4400] [--token-seconds 300]

import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startDemo as start } from './sandbox/demo-server.mjs';
import { startServerApp } from './server/app.mjs';

/**
 * Starts all three; `dist` is the directory into which `npm run build` builds the app.
 *
 * @param {Partial<Parameters<typeof start>[0]>} [options]
 */
export const startDemo = (options = {}) =>
  start({ dist: fileURLToPath(new URL('./dist', import.meta.url)), startServerApp, ...options });

async function main() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4401' },
      'server-port': { type: 'string', default: '4402' },
      'sandbox-port': { type: 'string', default: '4400' },
      'token-seconds': { type: 'string', default: '300' },
      dist: { type: 'string' },
    },
  });
  const appPort = wholeNumber('--port', values.port);
  const demo = await startDemo({
    appPort,
    serverAppPort: wholeNumber('--server-port', values['server-port']),
    sandboxPort: wholeNumber('--sandbox-port', values['sandbox-port']),
    accessTokenSeconds: wholeNumber('--token-seconds', values['token-seconds']),
    ...(values.dist === undefined ? {} : { dist: values.dist }),
  });
  const portNote = appPort !== 0 && !demo.url.endsWith(`:${appPort}`) ? ` (port ${appPort} is taken)` : '';
  console.log(`\n  The demo is at ${demo.url}${portNote}`);
  console.log(`  The demo that signs in on its server is at ${demo.serverAppUrl}\n  Ctrl-C stops it.\n`);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      await demo.close();
      process.exit(0);
    });
  }
}

/** @param {string} option @param {string} text */
function wholeNumber(option, text) {
  if (!/^\d+$/.test(text)) throw new Error(`${option} takes a whole number, not "${text}".`);
  return Number(text);
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
