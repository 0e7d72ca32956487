// The client for tests of apps.

import { SmartError, type SmartClient, type SmartSession } from 'smart-launch';
import {
  createFakeSmartClient,
  type FakeResource,
  type FakeResources,
  type FakeSession,
  type FakeSmartClient,
  type FakeSmartClientOptions,
} from 'smart-launch/testing';
import { expectType, type Same } from './expect.js';

/** As in the declarations of FHIR, which have no index signature. */
interface Patient {
  readonly resourceType: 'Patient';
  id?: string;
  name?: { text?: string }[];
}

const zoe: Patient = { resourceType: 'Patient', id: 'zoe', name: [{ text: 'Zoe' }] };
const smart = createFakeSmartClient();
expectType<Same<typeof smart, FakeSmartClient>>();
export const client: SmartClient = smart;

const options: FakeSmartClientOptions = { session: null, resources: undefined };
export const fakes = [
  createFakeSmartClient(options),
  createFakeSmartClient({ session: undefined, resources: [zoe, { resourceType: 'Observation', status: 'final' }] }),
  createFakeSmartClient({ resources: ({ url }) => (url.endsWith('/zoe') ? zoe : undefined) }),
  createFakeSmartClient({ resources: async ({ method }) => (method === 'GET' ? Response.json(zoe) : zoe) }),
];
// @ts-expect-error a resource has a type
export const untyped: FakeResource = { id: 'zoe' };
// @ts-expect-error a response is an object
export const text: FakeResources = () => 'text';
// @ts-expect-error `can` follows from the scopes
export const can: FakeSession = { can: () => true };
// @ts-expect-error a session has no such member
createFakeSmartClient({ session: { patientId: 'zoe' } });

const session = smart.signIn({ patient: 'zoe', encounter: undefined });
expectType<Same<typeof session, SmartSession>>();
smart.expire();
smart.failNext('network');
smart.failNext(new SmartError({ code: 'timeout', message: 'late' }));
// @ts-expect-error `offline` is not an error code
smart.failNext('offline');
