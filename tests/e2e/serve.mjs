// An app without a build step, served from this machine.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { packageDirectory } from './sandbox.mjs';

const TYPES = { js: 'text/javascript', html: 'text/html', json: 'application/json' };

/**
 * Serves a page at every path, the package under /smart-launch/, and the page's configuration at /config.json. Like a static
 * host, it accepts only GET.
 *
 * @param {string | ((path: string) => string)} page a file next to this one, or a function from path to file
 * @param {string} policy the Content-Security-Policy of scripts, and of the page unless `app.policy` is changed
 * @param {Record<string, string>} [files] more files of the package, by the path at which they are served
 */
export async function serveApp(page, policy, files = {}) {
  const server = createServer(async (request, response) => {
    const { method, url = '' } = request;
    const { pathname } = new URL(url, 'http://localhost');
    app.requests.push({ method, url });
    if (request.method !== 'GET') return response.writeHead(405).end('only GET');
    const file = files[pathname] ?? (pathname.startsWith('/smart-launch/') && pathname.slice('/smart-launch'.length));
    const type = pathname === '/config.json' ? 'json' : file ? 'js' : 'html';
    const html = typeof page === 'function' ? page(pathname) : page;
    response.setHeader('content-type', TYPES[type]);
    response.setHeader('content-security-policy', type === 'html' ? app.policy : policy);
    if (type === 'json') return response.end(JSON.stringify(app.config));
    return response.end(await readFile(file ? packageDirectory + file : new URL(html, import.meta.url)));
  });
  await new Promise((resolve) => server.listen(0, 'localhost', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const app = {
    config: {},
    policy,
    /** @type {{ method?: string, url: string }[]} */
    requests: [],
    server,
    url: `http://localhost:${port}/`,
  };
  return app;
}
