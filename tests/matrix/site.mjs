// A server for static files.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

/** @type {Record<string, string>} */
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };

/** @param {import('./run-environment.mjs').Test} test */
export async function openSite(test) {
  /** @type {{ directory: string, policy: string | undefined, url: string, requests: string[] }} */
  const site = { directory: '', policy: undefined, url: '', requests: [] };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost');
    site.requests.push(pathname);
    const file = join(site.directory, pathname.endsWith('/') ? `${pathname}index.html` : pathname);
    const body = await readFile(file).catch(() => undefined);
    response.statusCode = body ? 200 : 404;
    const type = TYPES[extname(file)];
    if (type) response.setHeader('content-type', type);
    if (site.policy) response.setHeader('content-security-policy', site.policy);
    response.end(body);
  }).listen(0, 'localhost');
  await once(server, 'listening');
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  site.url = `http://localhost:${port}/`;
  return site;
}
