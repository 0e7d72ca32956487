// Confidential clients and clients without a user.

import { createSmartClient, type TokenRequest } from 'smart-launch';
import {
  createBackendClient,
  createClientAssertion,
  createConfidentialClient,
  createRequestObject,
  createRevocationRequest,
  createTokenRequest,
  dangerouslyCreatePasswordTokenRequest,
  publicJwks,
  type BackendToken,
  type ClientAuth,
} from 'smart-launch/confidential';
import { expectType, type Same } from './expect.js';

const server = { fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'portal' };
const tokenEndpoint = 'https://ehr.example/token';

export async function credentials(key: CryptoKey, pem: string, jwk: JsonWebKey, kms: (data: Uint8Array) => Promise<ArrayBuffer>) {
  const clientAuths: ClientAuth[] = [
    { key, keyId: 'k' },
    { key: pem, audience: 'issuer', header: { x5t: 'x' }, jku: new URL('https://app.example/jwks').href },
    { key: kms, alg: 'ES384', keyId: 'k' },
    { secret: 's', method: 'client_secret_post' },
    { secret: 's', basicEncoding: 'form', dangerouslyAllowSecretInPage: true },
    async () => ({ secret: 's' }),
  ];
  for (const clientAuth of clientAuths) createConfidentialClient({ ...server, scope: 'launch patient/*.rs', clientAuth });
  createConfidentialClient({ clientId: 'portal', scope: 'launch', servers: [{ fhirBaseUrl: server.fhirBaseUrl, clientAuth: clientAuths[0] }] });
  const signed = { responseMode: 'form_post.jwt', requestObject: true } as const;
  createConfidentialClient({ ...server, scope: 'launch', clientAuth: clientAuths[0]!, ...signed });
  createConfidentialClient({ clientId: 'portal', scope: 'launch', servers: [{ ...server, responseMode: 'jwt' }] });
  // @ts-expect-error: public clients have no signed responses
  createSmartClient({ ...server, scope: 'launch', responseMode: 'jwt' });
  // @ts-expect-error: `clientAuth` is required
  createConfidentialClient({ ...server, scope: 'launch' });
  // @ts-expect-error: createSmartClient has no such option
  createSmartClient({ ...server, scope: 'launch', clientAuth: clientAuths[0] });
  // @ts-expect-error: no such method
  createConfidentialClient({ ...server, scope: 'launch', clientAuth: { secret: 's', method: 'none' } });
  const { keys } = await publicJwks(key, pem, { key: pem, keyId: 'k', alg: 'RS384' });
  expectType<Same<typeof keys, Record<string, unknown>[]>>();
  return jwk;
}

export async function job(clientAuth: ClientAuth) {
  const backend = createBackendClient({ ...server, scope: 'system/*.rs', clientAuth });
  const bundle = await backend.request<{ total: number }>('Patient', { signal: AbortSignal.timeout(1_000) });
  expectType<Same<typeof bundle.total, number>>();
  expectType<Same<Awaited<ReturnType<typeof backend.fetch>>, Response>>();
  backend.on('renewed', (token) => expectType<Same<typeof token, BackendToken>>());
  backend.on('error', ({ code, fault }) => console.error(code, fault));
  // @ts-expect-error: no such event
  backend.on('signedOut', () => {});
  // @ts-expect-error: `clientAuth` is required
  createBackendClient({ ...server, scope: 'system/*.rs' });
}

export async function requests(clientAuth: ClientAuth) {
  const params = { resource: ['https://a.example', 'https://b.example'], subject_token: 't' };
  const request = await createTokenRequest({ clientId: 'portal', clientAuth, tokenEndpoint, grantType: 'x', params });
  expectType<Same<typeof request, TokenRequest>>();
  const user = { username: 'amara', password: 'x', params: { user_role: 'users' } };
  await dangerouslyCreatePasswordTokenRequest({ clientId: 'portal', clientAuth, tokenEndpoint, ...user });
  await createRevocationRequest({ clientId: 'portal', revocationEndpoint: tokenEndpoint, token: 't' });
  const smart = createConfidentialClient({ ...server, scope: 'launch', clientAuth });
  const authorizationRequest = await smart.authorize({ navigate: false });
  const endpoint = { authorizationEndpoint: tokenEndpoint, issuer: 'https://ehr.example' };
  const signedRequest = await createRequestObject({ ...endpoint, clientId: 'portal', clientAuth, request: authorizationRequest });
  expectType<Same<typeof signedRequest, { requestObject: string; url: string }>>();
  const assertion = await createClientAssertion({ clientId: 'portal', clientAuth, tokenEndpoint });
  expectType<Same<typeof assertion, string>>();
}
