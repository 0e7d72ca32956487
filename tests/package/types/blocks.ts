// The building blocks, in the order of a sign-in.

import {
  createAuthorizationRequest,
  createCodeTokenRequest,
  createPkcePair,
  createRefreshTokenRequest,
  createState,
  parseLaunch,
  readAuthorizationResponse,
  readSmartConfiguration,
  readTokenResponse,
  smartConfigurationUrl,
  type SmartTokens,
} from 'smart-launch';
import { expectType, type Same } from './expect.js';

export async function signIn(callback: FormData) {
  const launch = await parseLaunch(new URL('https://app.example/launch'));
  expectType<Same<typeof launch, { readonly iss: string; readonly launch: string } | null>>();
  const fhirBaseUrl = launch?.iss ?? 'https://ehr.example/fhir';
  const body = await (await fetch(await smartConfigurationUrl(fhirBaseUrl))).text();
  const server = await readSmartConfiguration({ fhirBaseUrl, body });
  if (server.authorizationEndpoint === null) throw new Error('no sign-in here');
  const [pkce, state] = [await createPkcePair(), await createState()];
  expectType<Same<typeof pkce.codeChallengeMethod, 'S256'>>();
  const registration = { clientId: 'app', redirectUri: 'https://app.example/back' };
  await createAuthorizationRequest({
    ...registration,
    authorizationEndpoint: server.authorizationEndpoint,
    scope: 'patient/*.rs',
    aud: fhirBaseUrl,
    state,
    codeChallenge: pkce.codeChallenge,
    method: 'POST',
  });
  const { code } = await readAuthorizationResponse({ callback, state, redirectUri: registration.redirectUri });
  const { tokenEndpoint } = server;
  const request = await createCodeTokenRequest({ ...registration, tokenEndpoint, code, codeVerifier: pkce.codeVerifier });
  const response = await fetch(request.url, request.init);
  const tokens = await readTokenResponse({
    status: response.status,
    contentType: response.headers.get('content-type'),
    body: await response.text(),
    retryAfter: response.headers.get('retry-after'),
  });
  expectType<Same<typeof tokens, SmartTokens>>();
  if (tokens.refreshToken !== null) {
    await createRefreshTokenRequest({ tokenEndpoint, clientId: 'app', refreshToken: tokens.refreshToken });
  }

  // @ts-expect-error the challenge is required: PKCE is always used
  createAuthorizationRequest({ ...registration, authorizationEndpoint: 'https://as.example', scope: '', aud: '', state });
  // @ts-expect-error the verifier is required
  createCodeTokenRequest({ ...registration, tokenEndpoint, code });
  // @ts-expect-error there may be no refresh token
  createRefreshTokenRequest({ tokenEndpoint, clientId: 'app', refreshToken: tokens.refreshToken });
  // @ts-expect-error the `state` of the request is required
  readAuthorizationResponse({ callback, redirectUri: registration.redirectUri });
}
