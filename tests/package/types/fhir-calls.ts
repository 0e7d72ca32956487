// The FHIR calls, in an app without the types of FHIR resources.

import { createSmartClient, type FhirBundle, type FhirCalls, type FhirResource, type FhirWrite, type SmartSession } from 'smart-launch';
import type { BackendClient } from 'smart-launch/confidential';
import type { DpopSmartClient } from 'smart-launch/dpop';
import type { IsolatedSession, IsolatedSmartClient } from 'smart-launch/isolated';
import type { ServerSession } from 'smart-launch/server';
import type { PageSession, ServerSessionClient } from 'smart-launch/server-session';
import type { FakeSmartClient } from 'smart-launch/testing';
import { expectType, type Same } from './expect.js';

const smart = createSmartClient({ fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'app', scope: 'patient/*.cruds' });

interface Observation {
  resourceType: 'Observation';
  id?: string;
  meta?: { versionId?: string; lastUpdated?: string };
  status: 'final' | 'amended';
}

export async function pages(signal: AbortSignal) {
  for await (const bundle of smart.pages('Observation')) {
    expectType<Same<typeof bundle, FhirBundle>>();
    for (const { resource } of bundle.entry ?? []) expectType<Same<typeof resource, FhirResource | undefined>>();
  }
  for await (const { entry } of smart.pages<{ entry: Observation[] }>(new URL('https://ehr.example/fhir'), { limit: 3, signal })) {
    expectType<Same<typeof entry, Observation[]>>();
  }
  // @ts-expect-error the iterator is asynchronous
  for (const bundle of smart.pages('Observation')) bundle;
  // @ts-expect-error no such option
  smart.pages('Observation', { pageLimit: 1 });
}

export async function writes(observation: Observation, signal: AbortSignal) {
  const created = await smart.create(observation, { ifNoneExist: 'identifier=1', prefer: 'minimal', signal });
  expectType<Same<typeof created, FhirWrite<Observation>>>();
  expectType<Same<typeof created.resource, Observation | null>>();
  expectType<Same<typeof created.id, string | null>>();
  await smart.create({ resourceType: 'Observation', status: 'final' });
  await smart.create<Observation>({ resourceType: 'Observation', status: 'final' });
  // @ts-expect-error no such status
  await smart.create<Observation>({ resourceType: 'Observation', status: 'done' });
  // @ts-expect-error a resource has a type
  await smart.create({ status: 'final' });
  // @ts-expect-error `ifNoneExist` is an option of `create` only
  await smart.update(observation, { ifNoneExist: 'identifier=1' });
  await smart.update(observation, { ifMatch: false });
  await smart.update(observation, { ifMatch: '3' });

  const patched = await smart.patch<Observation>('Observation/1', [
    { op: 'replace', path: '/status', value: 'amended' },
    { op: 'remove', path: '/note' },
    { op: 'move', from: '/a', path: '/b' },
  ]);
  expectType<Same<typeof patched.resource, Observation | null>>();
  // @ts-expect-error an operation has a path
  await smart.patch('Observation/1', [{ op: 'remove' }]);
  // @ts-expect-error no such operation
  await smart.patch('Observation/1', [{ op: 'change', path: '/status', value: 1 }]);

  const deleted = await smart.delete(new URL('https://ehr.example/fhir/Observation/1'), { signal });
  expectType<Same<typeof deleted.resource, null>>();
  for (const { details } of deleted.operationOutcome?.issue ?? []) expectType<Same<typeof details, { readonly text?: string } | undefined>>();
}

export async function user(...sessions: [SmartSession, IsolatedSession, PageSession, ServerSession]) {
  const [session] = sessions;
  const person = await session.user();
  expectType<Same<typeof person, FhirResource>>();
  const practitioner = await session.user<{ name: string[] }>({ signal: AbortSignal.timeout(1) });
  expectType<Same<typeof practitioner.name, string[]>>();
  return Promise.all(sessions.map((session) => session.user()));
}

/** Each of these clients has the FHIR calls. */
export const fhirCallsOf = (
  ...clients: [SmartSession & ServerSession, DpopSmartClient, IsolatedSmartClient, ServerSessionClient, BackendClient, FakeSmartClient]
): readonly FhirCalls[] => clients;
