// One instance of an app: the routes of the library, a route that reads the patient of the session, one that reads a patient
// without the library, and one that returns the CPU time.
// node instance.mjs '{"kind": …, "url": …, "fhirBaseUrl": …}'

import { createServer } from 'node:http';
import { createSmartServer, toNode } from 'smart-launch/server';
import { secretOf } from './instances.mjs';
import { storeOf } from './store-of.mjs';

const { kind, url, fhirBaseUrl } = JSON.parse(String(process.argv[2]));
const { store } = await storeOf(kind, url);
const smart = createSmartServer({
  baseUrl: 'https://app.example/auth',
  fhirBaseUrl,
  clientId: 'app',
  scope: 'launch/patient patient/*.rs offline_access',
  clientAuth: { secret: secretOf(process.pid) },
  allowInsecureLoopback: true,
  cookieSecret: '0123456789abcdef0123456789abcdef',
  sessions: { store },
  proxy: {},
});
const routes = toNode(smart);

const server = createServer((request, response) => {
  routes(request, response, async () => {
    /** @param {number} status @param {object} json */
    const answer = (status, json) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(json));
    };
    try {
      if (request.url === '/cpu') return answer(200, process.cpuUsage());
      if (request.url === '/bare') {
        const { patient, authorization = '' } = request.headers;
        const headers = { authorization, accept: 'application/fhir+json' };
        const bare = await fetch(`${fhirBaseUrl}/Patient/${patient}`, { headers });
        return answer(bare.status, await bare.json());
      }
      const session = await smart.session(request);
      if (!session) return answer(401, { code: 'signed_out' });
      const patient = await session.request(`Patient/${session.patient}`);
      answer(200, { patient: session.patient, read: patient.id });
    } catch (error) {
      answer(500, { code: error.code ?? String(error) });
    }
  });
});
server.listen(0, '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  process.send?.(port);
});
