/** A server of static files: those that are in a directory when it starts, and no others. */

import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, relative, sep } from 'node:path';

/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
};

/**
 * @param {object} options
 * @param {string} options.directory
 * @param {() => Record<string, string>} options.headers of every response
 * @param {() => Record<string, object | undefined>} options.documents JSON documents that are not files, by path; 503 while
 *   one is undefined
 * @returns {Promise<import('node:http').Server>} not yet listening
 */
export async function staticFiles({ directory, headers, documents }) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = new Map(
    await Promise.all(
      entries
        .filter((entry) => entry.isFile())
        .map(async (entry) => {
          const file = join(entry.parentPath, entry.name);
          const path = `/${relative(directory, file).split(sep).join('/')}`;
          const type = TYPES[extname(file)] ?? 'application/octet-stream';
          return /** @type {const} */ ([path.replace(/\/index\.html$/, '/'), { type, body: await readFile(file) }]);
        }),
    ),
  );

  return createServer((request, response) => {
    const [pathname = '/'] = (request.url ?? '/').split('?');
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    for (const [name, value] of Object.entries(headers())) response.setHeader(name, value);
    const documentsByPath = documents();
    if (isRead && Object.hasOwn(documentsByPath, pathname)) {
      response.writeHead(documentsByPath[pathname] ? 200 : 503, { 'Content-Type': TYPES['.json'], 'Cache-Control': 'no-store' });
      response.end(JSON.stringify(documentsByPath[pathname] ?? {}));
      return;
    }
    const file = isRead ? files.get(pathname) : undefined;
    // The names of assets change with their content.
    const cache = pathname.startsWith('/assets/') ? 'max-age=31536000, immutable' : 'no-cache';
    response.writeHead(file ? 200 : isRead ? 404 : 405, {
      'Content-Type': file?.type ?? 'text/plain; charset=utf-8',
      'Cache-Control': file ? cache : 'no-store',
    });
    response.end(file?.body ?? 'Not found\n');
  });
}
