// Code from the docs, which `cargo xtask test docs` wrote to files, and the packages that it imports.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { fromDemo } from '../e2e/sandbox.mjs';

const { SMART_LAUNCH_DEMO: demoDirectory, SMART_LAUNCH_TOOLS: tools } = process.env;
const { build } = /** @type {typeof import('esbuild')} */ (createRequire(`${tools}/`)('esbuild'));

export const { startSandbox } = await fromDemo('node_modules/smart-launch-sandbox/sandbox.mjs');
export const { launchFromEhr, signIn, signInOn } = await fromDemo('node_modules/smart-launch-sandbox/user/user.mjs');

/** The server in the examples of the docs. */
export const EHR = 'https://ehr.example';

/**
 * The code blocks of a page, in order.
 *
 * @param {string} page
 * @param {string} language
 */
export async function blocks(page, language) {
  const names = (await readdir(`${demoDirectory}/blocks`)).filter((name) => name.startsWith(`${page}-`));
  const numbered = names.map((name) => {
    const [, number] = new RegExp(`^${page}-(\\d+)\\.${language}$`).exec(name) ?? [];
    return { name, number: Number(number) };
  });
  const matching = numbered.filter(({ number }) => number).sort((one, other) => one.number - other.number);
  return Promise.all(matching.map(({ name }) => readFile(`${demoDirectory}/blocks/${name}`, 'utf8')));
}

/**
 * The code block of a page that begins with this file name.
 *
 * @param {string} page
 * @param {string} name
 */
export async function fileOf(page, name) {
  const [code, ...others] = (await blocks(page, 'ts')).filter((code) => code.startsWith(`// ${name}\n`));
  if (!code || others.length > 0) throw new Error(`${page} does not have exactly one block for ${name}`);
  return code;
}

/**
 * Adapts the code to servers on this machine: replaces other URLs, and permits loopback.
 *
 * @param {string} code
 * @param {Record<string, string>} replacements
 */
export function withLocalServers(code, replacements) {
  for (const [from, to] of Object.entries(replacements)) {
    if (!code.includes(from)) throw new Error(`${from} is not in the code`);
    code = code.replaceAll(from, to);
  }
  if (code.includes('allowInsecureLoopback: true')) return code;
  return code.replaceAll(
    /(?:create(?:(?:Smart|Backend)Client|SmartServer)|(?:register|read|update|delete)Client)\(\{/g,
    '$& allowInsecureLoopback: true,',
  );
}

/**
 * Creates a directory with these files, next to the packages that they import.
 *
 * @param {string} name
 * @param {Record<string, string>} files
 */
export async function createDirectory(name, files) {
  const directory = `${demoDirectory}/run/${name}`;
  await mkdir(directory, { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(`${directory}/${file}`, text);
  return directory;
}

/** Returns a port that no program uses. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, 'localhost', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Builds an app as its author would: returns `app.js` and its chunks, by name.
 *
 * @param {string} name
 * @param {Record<string, string>} files among them `start.tsx`, the entry
 */
export async function bundle(name, files) {
  const directory = await createDirectory(name, files);
  const { outputFiles } = await build({
    entryPoints: [{ in: `${directory}/start.tsx`, out: 'app' }],
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    outdir: `${directory}/dist`,
    write: false,
    logLevel: 'error',
  });
  return new Map(outputFiles.map(({ path, text }) => [path.slice(`${directory}/dist`.length), text]));
}
