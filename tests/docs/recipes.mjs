// Apps made from the files of docs/recipes-requests.md, docs/recipes-routing.md and docs/monitoring.md.

import { createServer } from 'node:http';
import { readdir, readFile } from 'node:fs/promises';
import { fillWith } from './app.mjs';
import { withLocalServers } from './docs.mjs';

const directory = `${process.env.SMART_LAUNCH_DEMO}/blocks/recipes`;

/**
 * The files of the recipes, configured for servers on this machine.
 *
 * @param {Record<string, string>} replacements
 */
export async function recipeFiles(replacements) {
  /** @type {Record<string, string>} */
  const files = {};
  for (const name of await readdir(directory)) {
    const code = await readFile(`${directory}/${name}`, 'utf8');
    const applicable = Object.entries(replacements).filter(([from]) => code.includes(from));
    files[name] = withLocalServers(code, Object.fromEntries(applicable));
  }
  return files;
}

/**
 * Puts the files into an app, with a script that uses them.
 *
 * @param {import('./app.mjs').App} app
 * @param {{ code: string, replacements: Record<string, string>, changes?: [file: string, from: string, to: string][] }} content
 */
export async function fillWithRecipes(app, { code, replacements, changes = [] }) {
  const files = await recipeFiles(replacements);
  for (const [name, from, to] of changes) {
    const file = files[name];
    if (!file?.includes(from)) throw new Error(`${name} does not contain ${from}`);
    files[name] = file.replaceAll(from, to);
  }
  await fillWith(app, { files: { ...files, 'start.tsx': code }, replacements });
}

/** Starts a server that is not the SMART server. It permits every request (CORS), and records the requests. */
export async function startRecorder() {
  /** @type {{ method: string | undefined, url: string | undefined, headers: import('node:http').IncomingHttpHeaders, body: string }[]} */
  const requests = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const { method, url, headers } = request;
    requests.push({ method, url, headers, body });
    response.setHeader('access-control-allow-origin', '*').setHeader('access-control-allow-headers', '*').end('{}');
  });
  await new Promise((resolve) => server.listen(0, 'localhost', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { origin: `http://localhost:${port}`, requests, close: () => server.close() };
}
