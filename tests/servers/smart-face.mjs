// What a FHIR server with a general OpenID provider behind it shows: a smart-configuration that names the provider's own
// endpoints, and one patient for whoever has a token that the provider stands for.

import { createServer } from 'node:http';
import { listen } from './port.mjs';

export const PATIENT = 'maria-alvarez';

/** Starts it before the provider, which may have to know the address of what it protects. */
export async function openFace() {
  const face = {};
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const isMetadata = pathname === '/fhir/.well-known/smart-configuration';
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', 'authorization');
    if (request.method === 'OPTIONS') return response.writeHead(204).end();
    if (isMetadata) return json(response, face.configuration ? 200 : 404, face.configuration ?? {});
    const token = request.headers.authorization?.match(/^Bearer (.+)$/)?.[1];
    if (!token || !(await face.accepts(token))) return json(response, 401, { resourceType: 'OperationOutcome' });
    const found = pathname === `/fhir/Patient/${PATIENT}`;
    return json(response, found ? 200 : 404, { resourceType: found ? 'Patient' : 'OperationOutcome', id: PATIENT });
  });
  face.fhirBaseUrl = `http://localhost:${await listen(server)}/fhir`;
  face.close = () => server.close();

  /**
   * @param {object} metadata the provider's own
   * @param {(token: string) => Promise<boolean>} [accepts] by default whether the provider's UserInfo takes it
   * @param {{ speaks?: boolean }} [how] whether there is a smart-configuration
   */
  face.stand = (metadata, accepts = (token) => takenBy(metadata.userinfo_endpoint, token), { speaks = true } = {}) => {
    face.configuration = speaks ? { ...metadata, capabilities: CAPABILITIES } : undefined;
    face.accepts = accepts;
  };
  return face;
}

async function takenBy(endpoint, token) {
  const { ok } = await fetch(endpoint, { headers: { authorization: `Bearer ${token}` } });
  return ok;
}

const json = (response, status, body) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const CAPABILITIES = ['launch-standalone', 'client-public', 'sso-openid-connect', 'permission-offline', 'permission-v2'];
