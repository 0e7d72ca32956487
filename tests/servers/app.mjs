// The app: one page at every path, the installed package, and the options of its client at /config.json.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { listen } from './port.mjs';

/**
 * @param {string} directory where the package is installed
 *
 * @typedef {Awaited<ReturnType<typeof serveApp>>} App
 */
export async function serveApp(directory) {
  /** @type {{ config: object }} the options of the page's client, for the tested server */
  const state = { config: {} };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost');
    if (request.method !== 'GET') return response.writeHead(405).end();
    if (pathname === '/config.json') return send(response, 'application/json', JSON.stringify(state.config));
    const file = FILES[pathname] ?? pathname.match(/^\/smart-launch(\/.+)/)?.[1];
    if (!file) return send(response, 'text/html', await readFile(`${directory}/index.html`));
    return send(response, 'text/javascript', await readFile(`${directory}/node_modules/smart-launch${file}`));
  });
  const origin = `http://localhost:${await listen(server)}`;
  const urls = { origin, callback: `${origin}/callback`, postLogoutUri: `${origin}/signed-out` };
  return Object.assign(state, urls, { close: () => server.close() });
}

/** @param {import('node:http').ServerResponse} response @param {string} type @param {string | Buffer} body */
const send = (response, type, body) => response.writeHead(200, { 'content-type': type }).end(body);

/** Files of the package that the app also serves at another path. @type {Record<string, string>} */
const FILES = { '/form-post-worker.js': '/dist/form-post-worker.js' };
