// Apps that were written against fhirclient's types.

import FHIR, { Client, FhirClient, oauth2, type fhirclient } from 'smart-launch/fhirclient';
import * as namespace from 'smart-launch/fhirclient';
import type { SmartClient } from 'smart-launch';
import { expectType, type Same } from './expect.js';

expectType<Same<typeof namespace.oauth2, typeof FHIR.oauth2>>();

/** As in @types/fhir. */
interface Observation {
  resourceType: 'Observation';
  id?: string;
  status: 'final';
}

export async function signIn() {
  const options: fhirclient.AuthorizeParams = {
    clientId: 'app',
    scope: 'patient/*.rs',
    iss: 'https://ehr.example/fhir',
  };
  FHIR.oauth2.authorize(options).catch(console.error);
  await oauth2.authorize({
    client_id: 'app',
    scope: 'x',
    redirect_uri: './index.html',
    issMatch: /^https:\/\/ehr\.example\//,
  });
  await oauth2.authorize([{ issMatch: (iss) => iss === 'x', completeInTarget: true, pkceMode: 'unsafeV1' }]);
  const url: string | void = await oauth2.authorize({ ...options, noRedirect: true });
  FHIR.oauth2.settings.replaceBrowserHistory = true;
  const client: Client = await FHIR.oauth2.ready();
  expectType<Same<Client, Awaited<ReturnType<typeof oauth2.init>>>>();
  const name: string = await oauth2.ready(
    (client) => client.state.serverUrl,
    (error) => error.message,
  );
  // @ts-expect-error a page cannot keep a secret
  await oauth2.authorize({ ...options, clientSecret: 'secret' });
  // @ts-expect-error PKCE is always used
  await oauth2.authorize({ ...options, pkceMode: 'disabled' });
  // @ts-expect-error tokens cannot be faked
  await oauth2.authorize({ ...options, fakeTokenResponse: {} });
  // @ts-expect-error the target is this page or a popup
  await oauth2.authorize({ ...options, target: '_top' });
  return [url, client, name];
}

export async function useClient(client: Client) {
  const id: string | null = client.patient.id;
  const patient = await client.patient.read();
  expectType<Same<typeof patient, fhirclient.FHIR.Patient>>();
  const family: string = patient.name[0].family;
  const { body, response } = await client.patient.read({ includeResponse: true });
  expectType<Same<typeof response, Response>>();
  expectType<Same<typeof body, fhirclient.FHIR.Patient | undefined>>();
  const observations: Observation[] = await client.request('Observation', { pageLimit: 0, flat: true });
  const typed = await client.request<Observation>(`Observation/${id}`, { resolveReferences: ['subject'] });
  expectType<Same<typeof typed, Observation>>();
  await client.request({
    url: new URL('https://ehr.example/fhir/x'),
    signal: AbortSignal.timeout(1),
    includeResponse: true,
  });
  await client.request('Observation', { onPage: async (bundle: fhirclient.FHIR.Bundle) => void bundle.entry });
  const bundle = await client.patient.request<fhirclient.FHIR.Bundle>('Observation', { graph: false });
  const first = bundle.entry?.[0]?.resource?.id;
  const created = await client.create(typed);
  expectType<Same<typeof created, fhirclient.FHIR.Resource>>();
  const updated = await client.update(typed, { includeResponse: true });
  expectType<Same<typeof updated, fhirclient.CombinedFetchResult<fhirclient.FHIR.Resource>>>();
  await client.patch('Patient/1', [{ op: 'replace', path: '/active', value: true }]);
  await client.delete('Patient/1', { signal: AbortSignal.timeout(1) });
  const token: string | undefined = client.state.tokenResponse?.access_token;
  const state: fhirclient.ClientState = await client.refresh();
  const height: number = client.units.cm({ code: 'm', value: 1 });
  const groups: fhirclient.ObservationMap = client.byCode(await client.request('Observation', { flat: true }), 'code');
  expectType<Same<typeof client.smart, SmartClient | null>>();
  for await (const resource of client.resources('Patient', { limit: 3 })) console.log(resource.id);
  // @ts-expect-error the state is read-only
  client.state.serverUrl = 'https://evil.example';
  // @ts-expect-error clients are created by ready() and client()
  new Client();
  return [family, observations, first, token, state, height, groups, client.getState('tokenResponse.patient')];
}

/** Names that apps import, used as apps use them. */
export async function asApps(when: fhirclient.FHIR.dateTime, part: fhirclient.FHIR.BackboneElement): Promise<fhirclient.FHIR.uri> {
  type Ready = Awaited<ReturnType<typeof FHIR.oauth2.ready>>;
  expectType<Same<Ready, Client>>();
  const client = {} as Ready;
  // As in tests of apps, which replace members by mocks.
  client.patient.read = async () => ({ resourceType: 'Patient', id: 'mock' }) as never;
  client.patient = { ...client.patient, id: 'mock' };
  const end: number = Date.now() / 1_000 + (client.state.tokenResponse?.expires_in ?? 0);
  const { key, tokenUri } = client.state;
  sessionStorage.setItem(`${key}-${end}`, when + part.id);
  return tokenUri ?? '';
}

/** Resources with types of the app, and with types of `smart-launch/fhirclient`. */
export async function withResources(client: Client, patient: { resourceType: 'Patient'; meta?: { lastUpdated?: string } }) {
  const bundle: fhirclient.FHIR.Bundle = await client.request('Observation');
  const entries = bundle.entry?.map(({ resource, fullUrl }) => `${resource.id} ${fullUrl.length}`);
  const next = bundle.link.find(({ relation }) => relation === 'next')?.url;
  const heights: Observation[] = client.byCodes(await client.request('Observation', { flat: true }), 'code')('8302-2');
  await client.create(patient);
  await client.resolveReferences(patient, ['managingOrganization']);
  for await (const observation of client.resources('Observation')) heights.push(observation);
  const references = await client.getReferences(patient, ['managingOrganization']);
  const organization: { id: string } | undefined = references['Organization/1'];
  const claims = client.getIdToken();
  const profile: string = claims?.profile;
  const lastUpdated: string = (await client.patient.read()).meta?.lastUpdated;
  const conformance = await client.request<fhirclient.FHIR.CapabilityStatement>('metadata');
  const types: string[] = conformance.rest.flatMap(({ resource }) => resource.map(({ type }) => type));
  const uri: fhirclient.FHIR.Extension<'valueUri'> = { url: 'x', valueUri: 'y' };
  const operation: fhirclient.JsonPatchAdd = { op: 'add', path: '/x', value: 1 };
  await client.refresh({ credentials: 'omit' });
  const endpoints: Partial<fhirclient.OAuthSecurityExtensions & fhirclient.WellKnownSmartConfiguration> = {};
  return [entries, next, heights, organization, profile, lastUpdated, types, uri, operation, endpoints];
}

export class Logging extends FhirClient {
  override async getRequestDefaults() {
    return { headers: { 'x-app': 'growth' } };
  }
}

export const open: FhirClient = FHIR.client({ serverUrl: 'https://r4.example', tokenResponse: { patient: '1' } });
export const bare = new FHIR.FhirClient('https://r4.example');
