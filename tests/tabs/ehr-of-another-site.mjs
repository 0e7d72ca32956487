// An app that signs users in on a server, in iframes of an EHR of another site, over https.

import { execFileSync } from 'node:child_process';
import { X509Certificate, createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startRotatingServer } from '../stores/rotating-server.mjs';

/** The hosts of the two sites: two registrable domains. */
export const HOSTS = { ehr: 'ehr.test', app: 'app.test' };

/** A certificate for both hosts, and the hash of its public key, by which Chromium accepts the certificate. */
export function createCertificate() {
  const directory = mkdtempSync(join(tmpdir(), 'smart-launch-certificate-'));
  const [key, cert] = ['key.pem', 'certificate.pem'].map((name) => join(directory, name));
  const keyOptions = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = Object.values(HOSTS).map((host) => `DNS:${host}`);
  const subject = ['-subj', `/CN=${HOSTS.app}`, '-addext', `subjectAltName=${names.join()}`];
  const output = ['-keyout', String(key), '-out', String(cert)];
  execFileSync('openssl', ['req', '-x509', ...keyOptions, ...subject, ...output], { stdio: 'ignore' });
  const files = { key: readFileSync(String(key)), cert: readFileSync(String(cert)) };
  rmSync(directory, { recursive: true });
  const spki = new X509Certificate(files.cert).publicKey.export({ type: 'spki', format: 'der' });
  return { ...files, hash: createHash('sha256').update(spki).digest('base64') };
}

/**
 * Starts both sites and the SMART server.
 *
 * @param {import('node:test').TestContext} t at its end everything is stopped
 * @param {{ key: Buffer, cert: Buffer }} certificate
 * @param {string[]} patients of the frames
 */
export async function startSites(t, { key, cert }, patients) {
  const library = `${process.env.SMART_LAUNCH_DEMO}/node_modules/smart-launch/dist/server.js`;
  /** @type {typeof import('smart-launch/server')} */
  const { createSmartServer, memoryStore, toNode } = await import(pathToFileURL(library).href);
  const smartServer = await startRotatingServer(t);
  const server = createServer({ key, cert });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const [ehr, app] = [HOSTS.ehr, HOSTS.app].map((host) => `https://${host}:${port}`);
  const smart = createSmartServer({
    baseUrl: `${app}/auth`,
    fhirBaseUrl: smartServer.fhirBaseUrl,
    clientId: 'app',
    scope: 'launch patient/*.rs offline_access',
    clientAuth: { secret: 'secret' },
    endpoints: {
      authorizationEndpoint: `${ehr}/authorize`,
      tokenEndpoint: smartServer.fhirBaseUrl.replace(/fhir$/, 'token'),
    },
    allowInsecureLoopback: true,
    cookieSecret: randomBytes(32).toString('hex'),
    sessions: { store: memoryStore() },
    frames: true,
    proxy: {},
  });
  const routes = toNode(smart);
  server.on('request', (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', ehr);
    /** @param {string} html @param {import('node:http').OutgoingHttpHeaders} [headers] */
    const page = (html, headers = {}) => {
      response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store', ...headers });
      response.end(`<!doctype html><meta charset="utf-8">${html}`);
    };
    if (request.headers.host?.startsWith(HOSTS.ehr)) {
      if (pathname !== '/authorize') {
        const frames = patients.map((launch) => {
          const query = new URLSearchParams({ iss: smartServer.fhirBaseUrl, launch });
          return `<iframe src="${app}/auth/launch?${String(query).replace('&', '&amp;')}"></iframe>`;
        });
        return page(`<script>(${ehrPage})()</script>${frames.join('')}`);
      }
      const code = smartServer.approve(searchParams, String(searchParams.get('launch')));
      const fields = new URLSearchParams({ code, state: String(searchParams.get('state')) });
      response.writeHead(302, { location: `${searchParams.get('redirect_uri')}?${fields}` });
      return response.end();
    }
    return routes(request, response, async () => {
      if (pathname === '/first-party') return page('first party', { 'set-cookie': 'mark=1; SameSite=None; Secure; Path=/' });
      const session = await smart.session(request);
      /** @type {{ id: string } | null} */
      const read = session && (await session.request(`Patient/${session.patient}`));
      const { cookie = '' } = request.headers;
      const rendered = { page: pathname, patient: session?.patient ?? null, read: read?.id ?? null, cookie };
      return page(`<script>(${appPage})(${JSON.stringify(rendered)})</script>`);
    });
  });
  return { ehr: String(ehr), app: String(app), server: smartServer };
}

/** The EHR's page: records the values that each frame posts, and posts jobs to a frame. */
function ehrPage() {
  globalThis.frameReports = [];
  const frames = () => [...document.querySelectorAll('iframe')].map(({ contentWindow }) => contentWindow);
  addEventListener('message', ({ source, data }) => {
    globalThis.frameReports[frames().findIndex((frame) => frame === source)] = data;
  });
  globalThis.postJob = (/** @type {number} */ frame, /** @type {string} */ job) => {
    delete globalThis.frameReports[frame];
    frames()[frame]?.postMessage(job, '*');
  };
}

/**
 * The app's page: posts to the EHR the values that the server has rendered, and those that its own requests return.
 *
 * @param {{ patient: string | null }} rendered
 */
function appPage(rendered) {
  const id = new URL(location.href).searchParams.get('smart_session') ?? '';
  const headers = { 'smart-session': id };
  /** @param {string} path @param {RequestInit} [init] */
  const send = async (path, init) => {
    const response = await fetch(path, { headers, ...init });
    const json = await response.json();
    return json.error?.code ?? json.patient ?? json.id;
  };
  /** @type {Record<string, () => unknown>} */
  const jobs = {
    reload: () => location.reload(),
    next: () => (location.href = `/next?smart_session=${id}`),
    back: () => history.back(),
    signOut: () => send('/auth/logout', { method: 'POST' }).then(() => location.reload()),
  };
  addEventListener('message', ({ data }) => jobs[data]?.());
  addEventListener('pageshow', async () => {
    const [session, proxied] = await Promise.all([send('/auth/session'), send(`/auth/fhir/Patient/${rendered.patient}`)]);
    parent.postMessage({ ...rendered, session, proxied, script: document.cookie }, '*');
  });
}
