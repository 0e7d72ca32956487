// Dynamic client registration.

import {
  createDynamicClient,
  deleteClient,
  readClient,
  registerClient,
  updateClient,
  type ClientMetadata,
  type RegisteredClient,
} from 'smart-launch/registration';
import type { SmartWarning } from 'smart-launch';
import type { BackendToken } from 'smart-launch/confidential';
import { expectType, type Same } from './expect.js';

const fhirBaseUrl = 'https://ehr.example/fhir';

export async function register(stored: string) {
  const metadata: ClientMetadata = { redirect_uris: ['https://app.example/'], 'client_name#fr': 'Croissance', jwks: { keys: [{ kty: 'EC' }] } };
  let client = await registerClient({ fhirBaseUrl, metadata, initialAccessToken: 'token', strict: true, timeoutSeconds: 5 });
  client = await registerClient({ registrationEndpoint: new URL('https://ehr.example/register'), metadata: {} });
  expectType<Same<typeof client, RegisteredClient>>();
  expectType<Same<typeof client.clientSecret, string | undefined>>();
  expectType<Same<typeof client.clientSecretExpiresAt, number | undefined>>();
  expectType<Same<typeof client.warnings, readonly SmartWarning[]>>();
  client = await readClient({ client: JSON.parse(stored) as RegisteredClient, allowInsecureLoopback: true });
  client = await updateClient({ client, metadata: { tos_uri: undefined, logo_uri: undefined, extension: null } });
  expectType<Same<Awaited<ReturnType<typeof deleteClient>>, void>>();
  await deleteClient({ client: { clientId: 'a', registrationClientUri: 'https://a.example', registrationAccessToken: 't' } });
  // @ts-expect-error: `metadata` is required
  await registerClient({ fhirBaseUrl });
  // @ts-expect-error: `redirect_uris` is a list
  await registerClient({ fhirBaseUrl, metadata: { redirect_uris: 'https://app.example/' } });
  // @ts-expect-error: there is no `strict`, because the client is registered already
  await updateClient({ client, metadata: {}, strict: true });
  // @ts-expect-error: the result cannot be changed
  client.clientId = 'another';
}

export async function dynamic(accessToken: string) {
  const device = createDynamicClient({ fhirBaseUrl, softwareId: 'my-app' });
  await device.register(accessToken);
  expectType<Same<Awaited<ReturnType<typeof device.isRegistered>>, boolean>>();
  expectType<Same<Awaited<ReturnType<typeof device.getToken>>, BackendToken>>();
  const { id } = await device.request<{ id: string }>('Patient/zoe');
  device.on('renewed', ({ tokenResponse }) => console.log(tokenResponse.patient, id));
  await device.remove();
  // @ts-expect-error: `softwareId` is required
  createDynamicClient({ fhirBaseUrl });
}
