// An app made from code in the docs, served with the headers in the docs.

import { createServer } from 'node:http';
import { blocks, bundle, EHR, withLocalServers } from './docs.mjs';

const PAGE = '<!doctype html>\n<title>…</title>\n<script type="module" src="app.js"></script>\n';

/** Headers from the docs page about Content-Security-Policy. */
const [headers = ''] = await blocks('docs-content-security-policy', 'http');

/**
 * Starts the app's server without code, which `fill` adds: the SMART server needs the app's URL, and the code needs the URL of the
 * SMART server.
 *
 * @typedef {object} App
 * @property {Map<string, string>} files scripts, by path
 * @property {string} page
 * @property {[name: string, value: string][]} headers
 * @property {(path: string) => string | undefined} openerPolicy
 * @property {import('node:http').Server} server
 * @property {string} url
 * @property {() => void} close
 */
export async function openApp() {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost');
    for (const [name, value] of app.headers) response.setHeader(name, value);
    const openerPolicy = app.openerPolicy(pathname);
    if (openerPolicy) response.setHeader('cross-origin-opener-policy', openerPolicy);
    const script = app.files.get(pathname);
    response.setHeader('content-type', script === undefined ? 'text/html; charset=utf-8' : 'text/javascript');
    response.end(script ?? app.page);
  });
  await new Promise((resolve) => server.listen(0, 'localhost', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  /** @type {App} */
  const app = {
    files: new Map(),
    page: PAGE,
    headers: [],
    openerPolicy: () => undefined,
    server,
    url: `http://localhost:${port}/`,
    close: () => server.close(),
  };
  return app;
}

/**
 * Puts code from the docs into the app, with the URLs of `replacements`.
 *
 * @param {App} app
 * @param {{ code: string, page?: string, replacements: Record<string, string>, without?: string }} content `without` is
 *   a part that is removed from the Content-Security-Policy
 */
export const fill = (app, { code, ...content }) =>
  fillWith(app, { ...content, files: { 'start.tsx': withLocalServers(code, content.replacements) } });

/**
 * Puts several files into the app: `start.tsx` and the files that it imports. They already have the URLs of `replacements`; here
 * only the headers get their origins.
 *
 * @param {App} app
 * @param {{ files: Record<string, string>, page?: string, replacements: Record<string, string>, without?: string }} content
 */
export async function fillWith(app, { files, page = PAGE, replacements, without = '' }) {
  if (!headers.includes(without)) throw new Error(`the policy has no ${without}`);
  const origins = Object.values(replacements).map((url) => new URL(url).origin);
  if (origins.includes('null')) throw new Error('a replacement is not the URL of a server');
  app.page = page.replace('src="app.js"', 'src="/app.js"');
  app.headers = headers.trim().split('\n').map((line) => {
    const [name = '', value = ''] = line.split(': ');
    return [name, value.replace(without, '').replaceAll(EHR, origins.join(' '))];
  });
  app.files = await bundle('app', files);
}
