// The examples of docs/server-frameworks.md as apps on this machine.

import { freePort, startServer } from './program.mjs';
import { filesOf } from './server-docs.mjs';
import { SECRETS, openServer, visitServer } from './server-visit.mjs';

/**
 * The files of a section for this machine: the server's URL is that of the sandbox, and the port is `port`.
 *
 * @param {string} title
 * @param {{ port?: number, store?: string, imports?: string }} [changes]
 */
export function adaptedFiles(title, { port = 3000, store = 'memoryStore()', imports = '' } = {}) {
  return [...filesOf(title)].map(([path, code]) => {
    const env = path.startsWith('src/worker') ? 'env' : 'process.env';
    const changed = code
      .replace("'https://ehr.example/fhir'", `${env}.FHIR_BASE_URL!`)
      .replace('createSmartServer({', '$& allowInsecureLoopback: true,')
      .replace('3000', String(port))
      .replace('store: memoryStore()', `store: ${store}`);
    return /** @type {const} */ ([path, imports ? `${imports}\n${changed}` : changed]);
  });
}

/**
 * Starts an app, signs in to it, and uses it.
 *
 * @param {import('./run-environment.mjs').Test} test
 * @param {(port: number) => Promise<{ command: string[], cwd: string, env?: Record<string, string> }>} prepare
 */
export async function testServerApp(test, prepare) {
  const sandbox = await openServer(test);
  const port = await freePort();
  const { command, cwd, env } = await prepare(port);
  const variables = { ...SECRETS, FHIR_BASE_URL: sandbox.fhirBaseUrl, ...env };
  const origin = `http://localhost:${port}`;
  await startServer(command, { url: `${origin}/auth/jwks.json`, cwd, env: variables, test });
  await visitServer(origin, sandbox);
}
