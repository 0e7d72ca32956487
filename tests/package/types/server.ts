// Users signed in on a server.

import type { SmartSession } from 'smart-launch';
import {
  createSmartServer,
  leaseLock,
  memoryStore,
  toNode,
  type Leases,
  type ServerSession,
  type SessionStore,
} from 'smart-launch/server';
import { postgresStore, type PostgresPool } from 'smart-launch/server-postgres';
import { redisStore, type IoredisClient, type RedisClient } from 'smart-launch/server-redis';
import { expectType, type Same } from './expect.js';

const baseOptions = {
  baseUrl: new URL('https://app.example/auth'),
  clientId: 'portal',
  scope: 'launch patient/*.rs',
  cookieSecret: ['0123456789abcdef0123456789abcdef'],
  sessions: { store: memoryStore(), idleSeconds: 600 },
};

export function stores(pool: PostgresPool, redis: RedisClient, ioredis: IoredisClient) {
  const sessionStores: SessionStore[] = [
    postgresStore(pool, { table: 'app.sessions' }),
    redisStore(redis),
    redisStore(ioredis, { prefix: 'a:' }),
  ];
  return sessionStores;
}

export async function page(request: Request) {
  const fhirBaseUrl = 'https://ehr.example/fhir';
  const smart = createSmartServer({ ...baseOptions, fhirBaseUrl, clientAuth: { secret: 's' }, frames: true });
  const session = await smart.session(request);
  expectType<Same<typeof session, ServerSession | null>>();
  if (!session) return smart.handle(request);
  const snapshot: SmartSession = session;
  const patient = await session.request<{ id: string }>(`Patient/${snapshot.patient}`);
  return Response.json({ id: patient.id, token: (await session.getAccessToken()).length });
}

export async function component(headers: Headers, leases: Leases) {
  const store: SessionStore = { ...memoryStore(), lock: leaseLock(leases) };
  const smart = createSmartServer({ ...baseOptions, sessions: { store }, fhirBaseUrl: 'https://ehr.example/fhir' });
  await smart.session({ url: '/chart', headers });
  return smart.session({ url: new URL('https://app.example/chart'), headers, method: 'POST' });
}

createSmartServer({
  ...baseOptions,
  proxy: { methods: ['GET'], paths: ['Patient'] },
  onError: (error) => (error.code === 'signed_out' ? new Response('') : undefined),
  servers: [
    { fhirBaseUrl: 'https://ehr.example/fhir', redirectUri: 'https://app.example/auth/callback/ehr' },
    { fhirBaseUrl: 'https://other.example/fhir', redirectUri: 'https://app.example/auth/callback/other', responseMode: 'form_post' },
  ],
});
createSmartServer({ ...baseOptions, fhirBaseUrl: 'https://ehr.example/fhir', responseMode: 'form_post.jwt', requestObject: true });
// @ts-expect-error: `store` is required
createSmartServer({ ...baseOptions, sessions: {}, fhirBaseUrl: 'https://ehr.example/fhir' });
// @ts-expect-error: there is no `storage`: sessions are in the store
createSmartServer({ ...baseOptions, fhirBaseUrl: 'https://ehr.example/fhir', storage: 'local' });
// @ts-expect-error: a fragment does not reach a server
createSmartServer({ ...baseOptions, fhirBaseUrl: 'https://ehr.example/fhir', responseMode: 'fragment' });
toNode(createSmartServer({ ...baseOptions, fhirBaseUrl: 'https://ehr.example/fhir' }));
