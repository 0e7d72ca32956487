// The client whose session is in a worker. Calls and options that this client lacks do not compile.

import { type AuthorizationRequest, type SmartError } from 'smart-launch';
import { createIsolatedSmartClient, type IsolatedSession } from 'smart-launch/isolated';
// @ts-expect-error `Tokens` is an internal type, and is not exported
import type { Tokens } from 'smart-launch/isolated';
import { expectType, type Same } from './expect.js';

const options = { fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'app', scope: 'patient/*.rs' };
const smart = createIsolatedSmartClient(options);
createIsolatedSmartClient(options, { worker: new Worker('/worker.js', { type: 'module' }) });
createIsolatedSmartClient({ ...options, dpop: true }, { worker: new Worker('/dpop-worker.js', { type: 'module' }) });
// @ts-expect-error there is no `storage`: the session is in the worker's memory
createIsolatedSmartClient({ ...options, storage: 'session' });
// @ts-expect-error there is no `idleTimeoutSeconds`: a worker does not notice the user's input
createIsolatedSmartClient({ ...options, idleTimeoutSeconds: 900 });

export async function calls() {
  const session = (await smart.ready()) ?? (await smart.authorize());
  expectType<Same<typeof session, IsolatedSession>>();
  expectType<Same<typeof session.patient, string | null>>();
  expectType<Same<ReturnType<typeof session.can>, boolean>>();
  expectType<Same<typeof session.tokenResponse.access_token, undefined>>();
  expectType<Same<typeof session.tokenResponse.token_type, string>>();
  // @ts-expect-error no member returns a token
  smart.getAccessToken;
  const request = await smart.authorize({ navigate: false });
  expectType<Same<typeof request, AuthorizationRequest>>();
  await smart.fetch('Patient', { method: 'POST', body: 'x', replay: true, signal: AbortSignal.timeout(1_000) });
  await smart.fetch('Patient', { method: 'POST', body: new Blob(['x']).stream(), duplex: 'half' });
  // @ts-expect-error the page cannot follow redirects
  await smart.fetch('Patient', { redirect: 'follow' });
  const patient = await smart.request<{ id: string }>('Patient/1');
  expectType<Same<typeof patient, { id: string }>>();
  smart.on('signedOut', ({ reason }) => reason === 'worker_lost');
  smart.on('signedIn', (session) => expectType<Same<typeof session, IsolatedSession>>());
  smart.on('expiring', ({ reason, session }) => {
    expectType<Same<typeof reason, 'token'>>();
    expectType<Same<typeof session, IsolatedSession>>();
  });
  smart.on('scopeChanged', (session) => expectType<Same<typeof session, IsolatedSession>>());
  smart.subscribe((event) => {
    if (event?.type === 'refreshed') expectType<Same<typeof event.detail, IsolatedSession>>();
  });
  smart.on('error', (error) => expectType<Same<typeof error, SmartError>>());
  const state = smart.getState();
  if (state.status === 'authenticated') expectType<Same<typeof state.session, IsolatedSession>>();
  else expectType<Same<typeof state.session, null>>();
}
