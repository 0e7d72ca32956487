// Pages whose session is on the server.

import type { LogoutResult, SmartSession } from 'smart-launch';
import { createServerSessionClient, type PageSession, type PageSessionState, type ServerSessionClient } from 'smart-launch/server-session';
import { expectType, type Same } from './expect.js';

const smart = createServerSessionClient({ baseUrl: '/auth' });
expectType<Same<typeof smart, ServerSessionClient>>();
createServerSessionClient({ baseUrl: new URL('https://app.example/auth') });
// @ts-expect-error `baseUrl` is required
createServerSessionClient({});

export async function page() {
  const session = await smart.ready();
  expectType<Same<typeof session, PageSession | null>>();
  const promise = smart.authorize({ returnTo: '/chart', iss: 'https://ehr.example/fhir' });
  expectType<Same<typeof promise, Promise<never>>>();
  // @ts-expect-error scopes are options of the server
  void smart.authorize({ scope: 'patient/*.rs' });
  const patient = await smart.request<{ id: string }>('Patient/1');
  const outcome = await smart.logout();
  expectType<Same<typeof outcome, LogoutResult>>();
  const token = smart.getAccessToken();
  expectType<Same<typeof token, Promise<never>>>();
  smart.on('expiring', ({ reason, session }) => {
    expectType<Same<typeof reason, 'session'>>();
    return session.can('openid') && session.id;
  });
  smart.on('signedOut', ({ reason }) => reason === 'session_expired');
  smart.subscribe((event) => event?.type === 'refreshed' && event.detail.patient);
  return [patient.id, session?.id];
}

export function stateOf(state: PageSessionState, session: PageSession) {
  if (state.status === 'authenticated') {
    expectType<Same<typeof state.session, PageSession>>();
    expectType<Same<NonNullable<typeof state.expiring>['session'], PageSession>>();
  }
  // @ts-expect-error there are no tokens
  const smartSession: SmartSession = session;
  // @ts-expect-error there are no tokens
  return [smartSession, session.tokenResponse];
}
