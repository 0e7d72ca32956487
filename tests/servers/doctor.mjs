// The options for a server that `smart-launch doctor` prints.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * @typedef {import('smart-launch').SmartServerOptions & { fhirBaseUrl: string }} PrintedOptions in JSON a URL is text
 *
 * @param {import('./run-server.mjs').StartedServer} started
 * @param {import('./app.mjs').App} app
 * @param {string} fhirBaseUrl
 * @returns {Promise<PrintedOptions>}
 * @throws {Error} if the doctor finds that an app cannot sign in
 */
export async function optionsByDoctor({ clientId, scope }, app, fhirBaseUrl) {
  const program = `${process.env.SMART_LAUNCH_APP}/node_modules/smart-launch/dist/cli.js`;
  const registration = ['--client-id', clientId, '--scope', scope, '--redirect-uri', app.callback];
  const { stdout } = await promisify(execFile)(process.execPath, [
    program,
    'doctor',
    fhirBaseUrl,
    ...registration,
    '--json',
  ]).catch(
    // If the exit status is not 0, the error has the output with the findings.
    (error) => error,
  );
  /** @type {{ options: PrintedOptions | null, findings: { check: string, level: string }[] }} */
  const { options, findings } = JSON.parse(stdout);
  const errors = findings.filter(({ level }) => level === 'error');
  if (!options || errors.length > 0) throw new Error(`the doctor finds ${JSON.stringify(errors, null, 1)}`);
  return options;
}
