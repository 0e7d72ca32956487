// Runs the command `smart-launch doctor`, in this process or as a program.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createSmartClient } from 'smart-launch';
import { packageDirectory } from './installed.mjs';

/**
 * @typedef {object} Finding
 * @property {string} check
 * @property {'ok' | 'note' | 'warning' | 'error'} level
 * @property {string} message
 * @property {string} [hint]
 * @property {string} [fault]
 * @property {string} [code]
 * @property {string} [seen]
 *
 * @typedef {{ isUsable: boolean, options: Record<string, unknown> | null, findings: Finding[] }} Json
 */

/** @type {{ doctor: (args: string[], output: object) => Promise<number> }} */
const { doctor } = await import(new URL('dist/doctor.js', packageDirectory).href);

/**
 * @param {string[]} args
 * @returns {Promise<{ status: number, text: string, errors: string }>}
 */
export async function runDoctor(args) {
  const output = { text: '', errors: '' };
  const status = await doctor(args, {
    write: (/** @type {string} */ text) => (output.text += text),
    writeError: (/** @type {string} */ text) => (output.errors += text),
    isColored: false,
    timeoutSeconds: 2,
  });
  return { status, ...output };
}

/** @param {string[]} args @returns {Promise<Json & { status: number }>} */
export async function runDoctorAsJson(args) {
  const { status, text, errors } = await runDoctor([...args, '--json']);
  if (errors) throw new Error(errors);
  return { status, ...JSON.parse(text) };
}

/**
 * Runs the program.
 *
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 */
export async function runProgram(args, env = {}) {
  const program = fileURLToPath(new URL('dist/cli.js', packageDirectory));
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args], {
      env: { ...inherited, ...env },
    });
    return { status: 0, text: stdout, errors: stderr };
  } catch (error) {
    const { code, stdout, stderr } = /** @type {{ code: number, stdout: string, stderr: string }} */ (error);
    return { status: code, text: stdout, errors: stderr };
  }
}

/**
 * Creates the client of the printed code. Only its storage is replaced, because Node has no session storage.
 *
 * @param {string} text
 * @returns {import('smart-launch').SmartClient}
 */
export function clientFromPrintedCode(text) {
  const [, code] = text.split("import { createSmartClient } from 'smart-launch';\n");
  if (!code) throw new Error(`no options are printed: ${text}`);
  /** @param {import('smart-launch').SmartClientOptions} options */
  const create = (options) => createSmartClient({ ...options, storage: 'memory' });
  return new Function('createSmartClient', code.replace('export const smart =', 'return'))(create);
}
