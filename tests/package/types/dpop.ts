// Clients whose tokens are bound to a key.

import { createSmartClient as createBearerClient } from 'smart-launch';
import { createSmartClient, type DpopClientOptions, type DpopSmartClient, type ProofOptions } from 'smart-launch/dpop';
import { expectType, type Same } from './expect.js';

const server = { fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'growth-chart', scope: 'launch patient/*.rs' };

export async function proofs(client: DpopSmartClient, request: ProofOptions) {
  expectType<Same<Awaited<ReturnType<typeof client.createProof>>, string>>();
  await client.createProof(request);
  await client.createProof({ accessToken: await client.getAccessToken(), url: new URL(server.fhirBaseUrl), method: 'POST', nonce: 'n' });
  // @ts-expect-error: `accessToken` is required
  await client.createProof({ url: server.fhirBaseUrl });
}

export const options: DpopClientOptions[] = [
  { ...server, dpop: true },
  server,
  { clientId: 'growth-chart', scope: 'launch', servers: [{ fhirBaseUrl: server.fhirBaseUrl, dpop: true }, server] },
];
expectType<Same<ReturnType<typeof createSmartClient>, DpopSmartClient>>();
// @ts-expect-error: `dpop` is a boolean
createSmartClient({ ...server, dpop: 'yes' });
// @ts-expect-error: `dpop` is an option of smart-launch/dpop only
createBearerClient({ ...server, dpop: true });
