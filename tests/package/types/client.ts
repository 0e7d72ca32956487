// The calls of a client.

import {
  createSmartClient,
  type AuthorizationRequest,
  type LogoutResult,
  type SmartRequestPurpose,
  type SmartServerMetadata,
  type SmartSession,
  type SmartState,
} from 'smart-launch';
import { expectType, type Same } from './expect.js';

const smart = createSmartClient({ fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'app', scope: 'patient/*.rs' });

export async function firstLines() {
  // The example of createSmartClient's documentation: authorize() never resolves here, so this is a session.
  const session = (await smart.ready()) ?? (await smart.authorize());
  expectType<Same<typeof session, SmartSession>>();
  const patient = await smart.request(`Patient/${session.patient}`);
  expectType<Same<typeof patient, unknown>>();
}

export async function calls(condition: boolean) {
  const ready = await smart.ready({ callback: new URLSearchParams() });
  expectType<Same<typeof ready, SmartSession | null>>();
  await smart.ready({ callback: new FormData() });
  await smart.ready({ callback: new URL('https://app.example') });
  await smart.ready({ callback: new Request('https://app.example') });
  await smart.ready({ dangerouslyHandOverToAnyOrigin: true });

  const request = await smart.authorize({
    navigate: false,
    appState: { any: ['thing'] },
    returnTo: '/',
    iss: new URL('https://ehr.example'),
  });
  expectType<Same<typeof request, AuthorizationRequest>>();
  if (request.method === 'GET') {
    expectType<Same<typeof request.url, string>>();
    // @ts-expect-error a GET has no fields
    request.fields;
  } else {
    expectType<Same<typeof request.action, string>>();
    for (const [name, value] of request.fields) expectType<Same<[typeof name, typeof value], [string, string]>>();
  }
  const never = smart.authorize();
  expectType<Same<typeof never, Promise<never>>>();
  const maybe = smart.authorize({ navigate: condition });
  expectType<Same<typeof maybe, Promise<AuthorizationRequest>>>();
  const popup = await smart.authorize({ target: 'popup', scope: 'launch/patient', appState: 1 });
  expectType<Same<typeof popup, SmartSession>>();
  const frame = smart.authorize({ target: 'frame' });
  expectType<Same<typeof frame, Promise<SmartSession>>>();
  const chosen = smart.authorize({ target: condition ? 'page' : 'popup' });
  expectType<Same<typeof chosen, Promise<SmartSession>>>();
  const page = smart.authorize({ target: 'page' });
  expectType<Same<typeof page, Promise<never>>>();
  // @ts-expect-error with `navigate: false` the result is the request, not a session
  (await smart.authorize({ navigate: false })).patient;
  // @ts-expect-error a popup always navigates
  smart.authorize({ target: 'popup', navigate: false });
  // @ts-expect-error no such target
  smart.authorize({ target: 'tab' });
  // @ts-expect-error the option is `iss`
  smart.authorize({ issuer: 'https://ehr.example' });

  interface Bundle {
    resourceType: 'Bundle';
  }
  const bundle = await smart.request<Bundle>('Observation', {
    method: 'POST',
    body: { resourceType: 'Observation' },
    replay: true,
  });
  expectType<Same<typeof bundle, Bundle>>();
  await smart.request(new URL('https://ehr.example/fhir'), { body: new URLSearchParams() });
  // @ts-expect-error without a type parameter the result is unknown
  (await smart.request('Patient/1')).birthDate;

  const response = await smart.fetch(new Request('https://ehr.example/fhir'), {
    replay: true,
    headers: { prefer: 'x' },
  });
  expectType<Same<typeof response, Response>>();
  // @ts-expect-error fetch takes the body types of the platform; request takes objects
  smart.fetch('Patient', { body: { resourceType: 'Patient' } });

  const token = await smart.getAccessToken({ minValiditySeconds: 10, signal: AbortSignal.timeout(1) });
  expectType<Same<typeof token, string>>();
  // @ts-expect-error refresh() has no minimum
  smart.refresh({ minValiditySeconds: 10 });
  const refreshed = await smart.refresh();
  expectType<Same<typeof refreshed, SmartSession>>();
  const result = await smart.logout({ postLogoutRedirectUri: 'https://app.example' });
  expectType<Same<typeof result, LogoutResult>>();
  const metadata = await smart.discover();
  expectType<Same<typeof metadata, SmartServerMetadata>>();
}

export function state(): string {
  const state: SmartState = smart.getState();
  switch (state.status) {
    case 'loading':
      expectType<Same<typeof state.session, null>>();
      return state.activity;
    case 'unauthenticated':
      return state.error?.message ?? '';
    case 'authenticated':
      expectType<Same<typeof state.session, SmartSession>>();
      return state.session.patient ?? '';
    case 'error':
      return state.error.code;
  }
}

export function change() {
  // @ts-expect-error the state is read-only
  smart.getState().activity = 'idle';
}

export function events() {
  const stop = smart.subscribe(() => {});
  expectType<Same<typeof stop, () => void>>();
  smart.on('signedIn', (session) => expectType<Same<typeof session, SmartSession>>());
  smart.on('signedOut', ({ reason }) => expectType<Same<typeof reason, 'logout' | 'replaced' | 'session_expired' | 'idle' | 'identity_changed' | 'worker_lost'>>());
  smart.on('request', ({ purpose, status }) => {
    expectType<Same<typeof purpose, SmartRequestPurpose>>();
    expectType<Same<typeof status, number | null>>();
  });
  // @ts-expect-error no such event
  smart.on('signedin', () => {});
}

/** As declared by React, which takes `subscribe` and `getState` without a wrapper. */
declare function useSyncExternalStore<S>(subscribe: (onChange: () => void) => () => void, getSnapshot: () => S): S;
export const useSmart = (): SmartState => useSyncExternalStore(smart.subscribe, smart.getState);
