// The binding for Svelte.

import { createSmartClient, type SmartError, type SmartSession } from 'smart-launch';
import { createIsolatedSmartClient, type IsolatedSession } from 'smart-launch/isolated';
import { createServerSessionClient, type PageSession } from 'smart-launch/server-session';
import { requireSmart, smartRequest, smartState, type SmartLoad, type SmartRead } from 'smart-launch/svelte';
import { readable, type Readable } from 'svelte/store';
import { expectType, type Same } from './expect.js';

/** As in `@sveltejs/kit`. */
declare function redirect(status: 300 | 301 | 302 | 303 | 304 | 305 | 306 | 307 | 308 | ({} & number), location: string | URL): never;

const options = { fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'app', scope: 'patient/*.rs' };
const client = createSmartClient(options);

smartState(client).subscribe((smart) => {
  if (smart.isAuthenticated) expectType<Same<typeof smart.session, SmartSession>>();
  else expectType<Same<typeof smart.session, null>>();
  if (smart.status === 'error') expectType<Same<typeof smart.error, SmartError>>();
});
smartState(createIsolatedSmartClient(options)).subscribe(({ session }) => {
  expectType<Same<typeof session, IsolatedSession | null>>();
});
smartState(createServerSessionClient({ baseUrl: '/auth' })).subscribe(({ session }) => {
  expectType<Same<typeof session, PageSession | null>>();
});

const read = smartRequest<{ birthDate?: string }>(client, 'Patient/1');
expectType<Same<typeof read, Readable<SmartRead<{ birthDate?: string }, SmartError>>>>();
smartRequest(client, readable<string | null>(null));
smartRequest(client, new URL('https://ehr.example/fhir/metadata'));
const customRead = smartRequest(client, null, (url, options) => options.client.request<string[]>(url, { signal: options.signal }));
expectType<Same<typeof customRead, Readable<SmartRead<string[]>>>>();
// @ts-expect-error a number is no URL
smartRequest(client, 1);

export const load = requireSmart(client, redirect);
expectType<Same<typeof load, SmartLoad<typeof client>>>();
export const name = async (url: URL) => (await load({ url })).session.patient;
// @ts-expect-error the `redirect` function of SvelteKit is required
requireSmart(client);
