// The demo whose user is signed in on the server: a confidential client, with sessions in memory and pages without scripts.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createSmartServer, memoryStore, toNode } from 'smart-launch/server';
import { failurePage, recordPage, startPage } from './pages.mjs';

/** @typedef {import('smart-launch').SmartError} SmartError */

/** The registration at the sandbox. */
export const CLIENT_ID = 'smart-launch-server-demo';

const SCOPE = 'launch/patient patient/Patient.rs patient/Condition.rs patient/Observation.rs offline_access';
const STYLE = ['../src/styles/tokens.css', '../src/styles/base.css', '../src/ui/Button.css', 'style.css']
  .map((name) => readFileSync(new URL(name, import.meta.url), 'utf8'))
  .join('\n');

/**
 * Listens on this machine. The sandbox needs this app's URL to start, so `open` is called later, with the sandbox's URL.
 *
 * @param {number} port
 */
export async function startServerApp(port) {
  const server = createServer();
  server.listen(port, 'localhost');
  await once(server, 'listening');
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  const url = `http://localhost:${address.port}`;
  const secret = randomBytes(32).toString('hex');

  return {
    url,
    app: {
      clientId: CLIENT_ID,
      name: 'smart-launch demo, server side',
      secret,
      redirectUris: [`${url}/auth/callback`],
      postLogoutRedirectUris: [`${url}/`],
    },

    /** @param {{ fhirBaseUrl: string, origin: string }} sandbox @param {string} otherDemo URL of the demo that signs in in the browser */
    open({ fhirBaseUrl, origin }, otherDemo) {
      const smart = createSmartServer({
        baseUrl: `${url}/auth`,
        fhirBaseUrl,
        clientId: CLIENT_ID,
        clientAuth: { secret },
        scope: SCOPE,
        postLogoutRedirectUri: `${url}/`,
        // The sandbox is an http server on this machine.
        allowInsecureLoopback: true,
        cookieSecret: randomBytes(32).toString('hex'),
        sessions: { store: memoryStore() },
      });
      const routes = toNode(smart);
      const policy = `default-src 'none'; style-src 'self'; form-action 'self' ${origin}; base-uri 'none'; frame-ancestors 'none'`;
      server.on('request', (request, response) =>
        routes(request, response, async () => {
          const [pathname] = (request.url ?? '/').split('?');
          if (pathname === '/style.css') {
            response.writeHead(200, { 'content-type': 'text/css' });
            return response.end(STYLE);
          }
          const [status, page] = pathname === '/' ? await pageFor(request) : [404, failurePage('There is no such page.')];
          response.writeHead(status, {
            'content-type': 'text/html; charset=utf-8',
            'cache-control': 'no-store',
            'content-security-policy': policy,
            'referrer-policy': 'same-origin',
            'x-content-type-options': 'nosniff',
          });
          response.end(String(page));
        }),
      );

      /**
       * @param {import('node:http').IncomingMessage} request
       * @returns {Promise<[number, unknown]>}
       */
      async function pageFor(request) {
        try {
          const session = await smart.session(request);
          if (!session) return [200, startPage({ otherDemo, fhirBaseUrl })];
          return [200, recordPage({ session, ...(await recordOf(session)) })];
        } catch (error) {
          const { userMessage = 'Something went wrong.' } = /** @type {Partial<SmartError>} */ (error);
          return [502, failurePage(userMessage)];
        }
      }
    },

    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * The patient, and the conditions and vital signs as far as the user has shared them.
 *
 * @param {import('smart-launch/server').ServerSession} session
 */
async function recordOf(session) {
  const patient = encodeURIComponent(String(session.patient));
  /** @param {string} query @returns {Promise<any[] | undefined>} */
  const search = async (query) => {
    try {
      /** @type {{ entry?: { resource: any }[] }} */
      const { entry = [] } = await session.request(query);
      return entry.map(({ resource }) => resource);
    } catch (error) {
      // The user has not shared these resources.
      if (/** @type {Partial<SmartError>} */ (error).status === 403) return undefined;
      throw error;
    }
  };
  const [person, conditions, observations] = await Promise.all([
    session.request(`Patient/${patient}`),
    search(`Condition?patient=${patient}&_count=50`),
    search(`Observation?patient=${patient}&category=vital-signs&_sort=-date&_count=100`),
  ]);
  return { person, conditions, observations };
}
