// The binding for React.

import {
  createSmartClient,
  type SmartActivity,
  type SmartClient,
  type SmartError,
  type SmartExpiring,
  type SmartSession,
} from 'smart-launch';
import { createServerSessionClient, type PageSession, type ServerSessionClient } from 'smart-launch/server-session';
import { createIsolatedSmartClient, type IsolatedSession, type IsolatedSmartClient } from 'smart-launch/isolated';
import {
  RequireSmart,
  SmartProvider,
  useSmart,
  useSmartRequest,
  useSmartSession,
  type SmartRead,
} from 'smart-launch/react';
import { expectType, type Same } from './expect.js';

const options = { fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'app', scope: 'patient/*.rs' };
const client = createSmartClient(options);
const isolated = createIsolatedSmartClient(options);
const ofServer = createServerSessionClient({ baseUrl: '/auth' });

export const provided = [
  <SmartProvider options={options}>text</SmartProvider>,
  <SmartProvider client={client} />,
  <SmartProvider client={isolated}>{null}</SmartProvider>,
  <SmartProvider client={ofServer} />,
  // @ts-expect-error `client` or `options` is required
  <SmartProvider />,
  // @ts-expect-error only one of `client` and `options` can be set
  <SmartProvider client={client} options={options} />,
  // @ts-expect-error options are those of createSmartClient
  <SmartProvider options={{ clientId: 'app' }} />,
];

export const guarded = [
  <RequireSmart />,
  <RequireSmart
    loading={<p />}
    unauthenticated="nobody"
    redirect="launch"
    authorizeOptions={{ iss: options.fhirBaseUrl }}
  >
    text
  </RequireSmart>,
  <RequireSmart redirect={undefined} />,
  // @ts-expect-error `redirect` needs a value
  <RequireSmart redirect />,
  // @ts-expect-error there is no `navigate`: the page always navigates
  <RequireSmart redirect="always" authorizeOptions={{ navigate: false }} />,
];

export function Status() {
  const smart = useSmart();
  expectType<Same<typeof smart.client, SmartClient>>();
  expectType<Same<typeof smart.activity, SmartActivity>>();
  expectType<Same<typeof smart.authorize, SmartClient['authorize']>>();
  expectType<Same<typeof smart.request, SmartClient['request']>>();
  expectType<Same<typeof smart.isLoading, boolean>>();
  expectType<Same<typeof smart.isExpiring, boolean>>();
  expectType<Same<typeof smart.expiring, SmartExpiring | undefined>>();
  if (smart.isAuthenticated) {
    expectType<Same<typeof smart.session, SmartSession>>();
    expectType<Same<typeof smart.status, 'authenticated'>>();
  } else {
    expectType<Same<typeof smart.session, null>>();
  }
  if (smart.isLoading) expectType<Same<typeof smart.error, null>>();
  const { status, session, error, logout } = smart;
  switch (status) {
    case 'loading':
      return null;
    case 'unauthenticated':
      expectType<Same<typeof error, SmartError | null>>();
      return <p>{error?.message}</p>;
    case 'error':
      expectType<Same<typeof error, SmartError>>();
      return <p>{error.code}</p>;
    case 'authenticated':
      expectType<Same<typeof session, SmartSession>>();
      return <button onClick={() => logout()}>{session.patient}</button>;
  }
}

export function Sessions() {
  const session = useSmartSession();
  expectType<Same<typeof session, SmartSession>>();
  const inWorker = useSmartSession<IsolatedSmartClient>();
  expectType<Same<typeof inWorker, IsolatedSession>>();
  const smart = useSmart<IsolatedSmartClient>();
  // @ts-expect-error an isolated client returns no token
  smart.getAccessToken;
  if (smart.isAuthenticated) expectType<Same<typeof smart.session, IsolatedSession>>();
  return null;
}

interface Patient {
  birthDate?: string;
}

export function Reads({ patient }: { patient: string | null }) {
  const read = useSmartRequest<Patient>(patient && `Patient/${patient}`);
  expectType<Same<typeof read, SmartRead<Patient, SmartError>>>();
  expectType<Same<typeof read.data, Patient | null>>();
  if (read.status === 'success') expectType<Same<typeof read.data, Patient>>();
  if (read.status === 'error') expectType<Same<typeof read.error, SmartError>>();
  const unknown = useSmartRequest(new URL('https://ehr.example/fhir/metadata'));
  if (unknown.status === 'success') expectType<Same<typeof unknown.data, unknown>>();
  const customRead = useSmartRequest('Patient', async (url, { client, signal }) => {
    expectType<Same<[typeof url, typeof signal], [string, AbortSignal]>>();
    return client.request<Patient[]>(url, { signal });
  });
  expectType<Same<typeof customRead, SmartRead<Patient[], unknown>>>();
  if (customRead.status === 'error') {
    // @ts-expect-error an error of the app's own function has unknown type
    customRead.error.code;
  }
  return <button onClick={read.reload}>again</button>;
}

export function PageOfServer() {
  const smart = useSmart<ServerSessionClient>();
  expectType<Same<typeof smart.client, ServerSessionClient>>();
  const session = useSmartSession<ServerSessionClient>();
  expectType<Same<typeof session, PageSession>>();
  return <button onClick={() => smart.logout()}>{session.patient}</button>;
}
