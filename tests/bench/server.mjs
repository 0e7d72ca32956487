// The server of the benchmarks: the pages and their scripts, bundled as in an app's build, and metadata, tokens and keys.

import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { APP } from './speed.js';
import { createSigner } from './tokens.js';

const DIRECTORY = fileURLToPath(new URL('.', import.meta.url));

/**
 * @typedef {object} Server
 * @property {string} origin
 * @property {string[]} libraries the apps: `/pages/LIBRARY/`
 * @property {() => number} sent the number of bytes of pages and scripts that were sent
 * @property {() => void} close
 *
 * @param {typeof import('esbuild').build} build
 * @returns {Promise<Server>}
 */
export async function serve(build) {
  const files = new Map([['/', page()]]);
  /** @param {string} path @param {string[]} scripts */
  const bundle = async (path, ...scripts) => {
    const built = await bundled(build, scripts);
    for (const [name, contents] of built) files.set(`${path}${name}`, contents);
    return built.map(([name]) => name);
  };
  await bundle('/', 'speed.js', 'implementation.js');
  const libraries = (await readdir(join(DIRECTORY, 'pages'))).map((file) => file.replace(/\.js$/, ''));
  for (const library of libraries) {
    const names = await bundle(`/pages/${library}/`, `pages/${library}.js`);
    files.set(`/pages/${library}/`, page(`${library}.js`, library === 'preload' ? links(names) : ''));
  }
  let sentBytes = 0;
  const { jwks, sign } = await createSigner('RS256');
  const server = createServer(respond);
  await new Promise((resolve) => server.listen(0, 'localhost', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const origin = `http://localhost:${port}`;
  return { origin, libraries, sent: () => sentBytes, close: () => server.close() };

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async function respond(request, response) {
    const { pathname } = new URL(request.url ?? '', origin);
    const file = files.get(pathname);
    // Clocks are more precise in pages that are isolated from other origins.
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    if (file) {
      response.setHeader('content-type', pathname.endsWith('/') ? 'text/html' : 'text/javascript');
      response.setHeader('content-encoding', 'br');
      if (!pathname.endsWith('/')) response.setHeader('cache-control', 'max-age=600');
      sentBytes += file.length;
      return response.end(file);
    }
    // Without content, so that the page stays and its work can be measured.
    if (pathname === '/authorize') return response.writeHead(204).end();
    if (pathname.startsWith('/fhir/Patient/')) return json(response, { resourceType: 'Patient', id: '123' });
    if (pathname.includes('/.well-known/')) return json(response, metadata(origin));
    if (pathname === '/jwks') return json(response, jwks);
    if (pathname === '/token') return json(response, await tokens(new URLSearchParams(await text(request)), Boolean(request.headers.dpop)));
    return response.end();
  }

  /**
   * The code is always the `nonce` of the authorization request.
   *
   * @param {URLSearchParams} form
   * @param {boolean} isBound
   */
  async function tokens(form, isBound) {
    const claims = { iss: origin, sub: 'user', aud: form.get('client_id'), nonce: form.get('code') };
    return {
      access_token: 'token',
      token_type: isBound ? 'DPoP' : 'bearer',
      expires_in: 3_600,
      scope: APP.scope,
      patient: '123',
      id_token: await sign(claims),
    };
  }
}

/** @param {import('node:http').ServerResponse} response @param {object} body */
const json = (response, body) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body));

/** @param {string} [script] */
const page = (script, head = '') =>
  brotliCompressSync(
    `<!doctype html><title>Bench</title>${head}${script ? `<script type="module" src="${script}"></script>` : ''}`,
  );

/**
 * The links of docs/deployment.md.
 *
 * @param {string[]} names of all chunks
 */
const links = (names) => [
  ...names.filter((name) => /^(engine|session|session-engine)-[^-]*$/.test(name)).map((name) => `<link rel="modulepreload" crossorigin href="${name}">`),
  '<link rel="preload" as="fetch" crossorigin href="/fhir/.well-known/smart-configuration">',
].join('');

/**
 * Scripts and their chunks, compressed, by name.
 *
 * @param {typeof import('esbuild').build} build
 * @param {string[]} scripts
 * @returns {Promise<[name: string, contents: Buffer][]>}
 */
async function bundled(build, scripts) {
  const { outputFiles } = await build({
    entryPoints: scripts.map((script) => join(DIRECTORY, script)),
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    outdir: DIRECTORY,
    write: false,
    logLevel: 'error',
  });
  return outputFiles.map(({ path, contents }) => [basename(path), brotliCompressSync(contents)]);
}

/** @param {string} origin */
const metadata = (origin) => ({
  issuer: origin,
  authorization_endpoint: `${origin}/authorize`,
  token_endpoint: `${origin}/token`,
  jwks_uri: `${origin}/jwks`,
  grant_types_supported: ['authorization_code'],
  response_types_supported: ['code'],
  capabilities: ['launch-ehr', 'launch-standalone', 'client-public', 'sso-openid-connect'],
  code_challenge_methods_supported: ['S256'],
});
