import { freePort } from '../port.mjs';
import { startProgram } from '../program.mjs';
import { npmVersion } from '../version.mjs';

export const version = npmVersion('oauth2-mock-server');

/** @param {import('../run-server.mjs').StartInput} input @returns {Promise<import('../run-server.mjs').StartedServer>} */
export async function start({ directory, fhirBaseUrl }) {
  const port = await freePort();
  const metadata = `http://localhost:${port}/.well-known/openid-configuration`;
  const command = ['node', 'server.mjs', JSON.stringify({ port, fhirBaseUrl })];
  await startProgram({ command, cwd: directory, url: metadata });
  // The server has no pages: every user is signed in at once.
  const step = async () => {};
  return { metadata, clientId: 'app', scope: 'openid fhirUser launch/patient patient/*.rs', step };
}
