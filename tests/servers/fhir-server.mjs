// A FHIR server that uses a general OpenID provider: its smart-configuration has the provider's endpoints, and it returns one
// patient if the provider accepts the token.

import { createServer } from 'node:http';
import { listen } from './port.mjs';

export const PATIENT = 'maria-alvarez';

/**
 * Starts the FHIR server before the provider, because the provider may need the URL of the resource server.
 *
 * @typedef {{ userinfo_endpoint?: string, response_modes_supported?: string[], [member: string]: unknown }} Metadata of a
 *   provider
 */
export async function startFhirServer() {
  /** @type {object | undefined} */
  let configuration;
  /** @type {object} */
  let statement = {};
  /** @type {(token: string, proof: string | undefined) => Promise<boolean>} */
  let isAccepted = async () => false;
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost');
    const isMetadata = pathname === '/fhir/.well-known/smart-configuration';
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', 'authorization, dpop');
    if (request.method === 'OPTIONS') return response.writeHead(204).end();
    if (pathname === '/fhir/metadata') return json(response, 200, statement);
    if (isMetadata) return json(response, configuration ? 200 : 404, configuration ?? {});
    const token = request.headers.authorization?.match(/^(?:Bearer|DPoP) (.+)$/)?.[1];
    const proof = request.headers.dpop && String(request.headers.dpop);
    if (!token || !(await isAccepted(token, proof))) return json(response, 401, { resourceType: 'OperationOutcome' });
    const isPatient = pathname === `/fhir/Patient/${PATIENT}`;
    return json(response, isPatient ? 200 : 404, { resourceType: isPatient ? 'Patient' : 'OperationOutcome', id: PATIENT });
  });
  return {
    fhirBaseUrl: `http://localhost:${await listen(server)}/fhir`,
    close: () => server.close(),
    /**
     * @param {Metadata} metadata of the provider
     * @param {(token: string, proof: string | undefined) => Promise<boolean>} [accepts] by default, whether the UserInfo endpoint accepts the token
     * @param {{ hasConfiguration?: boolean }} [options] whether there is a smart-configuration
     */
    publish(metadata, accepts = (token) => isAcceptedByUserInfo(metadata, token), { hasConfiguration = true } = {}) {
      configuration = hasConfiguration ? { ...metadata, capabilities: CAPABILITIES } : undefined;
      statement = capabilityStatement(metadata);
      isAccepted = accepts;
    },
  };
}

/** A CapabilityStatement with the endpoints, as older versions of SMART App Launch require. @param {Metadata} metadata */
function capabilityStatement({ authorization_endpoint, token_endpoint }) {
  const extension = [
    { url: 'authorize', valueUri: authorization_endpoint },
    { url: 'token', valueUri: token_endpoint },
  ];
  const url = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';
  return { resourceType: 'CapabilityStatement', rest: [{ mode: 'server', security: { extension: [{ url, extension }] } }] };
}

/** @param {Metadata} metadata @param {string} token */
async function isAcceptedByUserInfo({ userinfo_endpoint }, token) {
  const { ok } = await fetch(String(userinfo_endpoint), { headers: { authorization: `Bearer ${token}` } });
  return ok;
}

/** @param {import('node:http').ServerResponse} response @param {number} status @param {object} body */
const json = (response, status, body) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const CAPABILITIES = ['launch-standalone', 'client-public', 'sso-openid-connect', 'permission-offline', 'permission-v2'];
