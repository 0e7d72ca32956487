// The binding for Vue.

import { createSmartClient, type SmartActivity, type SmartClient, type SmartError, type SmartSession } from 'smart-launch';
import { createIsolatedSmartClient, type IsolatedSession, type IsolatedSmartClient } from 'smart-launch/isolated';
import { createServerSessionClient } from 'smart-launch/server-session';
import { requireSmart, smartPlugin, useSmart, useSmartRequest, type SmartGuard, type SmartReadRefs, type SmartRoute } from 'smart-launch/vue';
import { createApp, ref } from 'vue';
import { expectType, type Same } from './expect.js';

const options = { fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'app', scope: 'patient/*.rs' };
const client = createSmartClient(options);
// The test of docs/frameworks.md checks that Vue Router accepts the guard, because Vue Router's declarations need `skipLibCheck`.
const guard = requireSmart(client);
expectType<Same<typeof guard, SmartGuard>>();
expectType<Same<Parameters<typeof guard>[0], SmartRoute>>();
createApp({}).use(smartPlugin, client);
createApp({}).use(smartPlugin, createIsolatedSmartClient(options));
createApp({}).use(smartPlugin, createServerSessionClient({ baseUrl: '/auth' }));
// @ts-expect-error a client is required
createApp({}).use(smartPlugin);
// @ts-expect-error options are no client
createApp({}).use(smartPlugin, options);

export function setup() {
  const { status, session, error, activity, isLoading, authorize } = useSmart();
  expectType<Same<typeof status.value, 'loading' | 'unauthenticated' | 'authenticated' | 'error'>>();
  expectType<Same<typeof session.value, SmartSession | null>>();
  expectType<Same<typeof error.value, SmartError | null>>();
  expectType<Same<typeof activity.value, SmartActivity>>();
  expectType<Same<typeof isLoading.value, boolean>>();
  expectType<Same<typeof authorize, SmartClient['authorize']>>();
  // @ts-expect-error the state is read-only
  status.value = 'error';
  const isolated = useSmart<IsolatedSmartClient>();
  expectType<Same<typeof isolated.session.value, IsolatedSession | null>>();
  // @ts-expect-error an isolated client returns no token
  isolated.getAccessToken;
  return { status };
}

export function reads(id: string) {
  const read = useSmartRequest<{ birthDate?: string }>(`Patient/${id}`);
  expectType<Same<typeof read, SmartReadRefs<{ birthDate?: string }, SmartError>>>();
  expectType<Same<typeof read.data.value, { birthDate?: string } | null>>();
  useSmartRequest(ref<URL | null>(null));
  useSmartRequest(() => (id ? `Patient/${id}` : undefined));
  const customRead = useSmartRequest('Patient', (url, { client, signal }) => client.request<string[]>(url, { signal }));
  expectType<Same<typeof customRead, SmartReadRefs<string[]>>>();
  expectType<Same<typeof customRead.error.value, unknown>>();
  // @ts-expect-error a number is no URL
  useSmartRequest(1);
}
