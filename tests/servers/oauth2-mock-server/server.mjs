// oauth2-mock-server on loopback: a mock server as used in tests of apps and in CI.

import { OAuth2Server } from 'oauth2-mock-server';

const { port, fhirBaseUrl } = JSON.parse(process.argv[2]);

const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');
server.service.on('beforeTokenSigning', ({ payload }) => (payload.fhirUser = `${fhirBaseUrl}/Practitioner/dr1`));
server.service.on('beforeResponse', ({ body }) => (body.patient = 'maria-alvarez'));
await server.start(port, 'localhost');
