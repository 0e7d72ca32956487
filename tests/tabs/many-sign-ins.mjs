// Sign-ins without a network: the page itself simulates the token endpoint.

import { createSmartClient } from '/smart-launch/dist/index.js';

let issued = 0;
/** The clock advances by more than an hour per sign-in, because a used sign-in's record is kept for an hour against replay. */
const realNow = Date.now;
Date.now = () => realNow() + issued * 3_660_000;

globalThis.fetch = async (url) => {
  if (!String(url).endsWith('/token')) throw new TypeError(`no request to ${url} is expected`);
  issued += 1;
  const tokens = {
    access_token: `access-${issued}`,
    refresh_token: `refresh-${issued}`,
    token_type: 'Bearer',
    expires_in: 300,
    scope: 'launch/patient patient/*.rs offline_access',
    patient: 'zoe',
  };
  return new Response(JSON.stringify(tokens), { headers: { 'content-type': 'application/json' } });
};

const clients = /** @type {const} */ (['memory', 'session']).map((storage) =>
  createSmartClient({
    fhirBaseUrl: `https://ehr.example/${storage}`,
    clientId: 'app',
    scope: 'launch/patient patient/*.rs offline_access',
    redirectUri: `https://app.example/${storage}`,
    storage,
    endpoints: { authorizationEndpoint: 'https://ehr.example/authorize', tokenEndpoint: 'https://ehr.example/token' },
  }),
);

globalThis.signInOften = async (count) => {
  for (let at = 0; at < count; at++) {
    const smart = clients[at % clients.length];
    const request = await smart?.authorize({ navigate: false });
    if (!smart || request?.method !== 'GET') throw new Error('a short request uses GET');
    const { state } = request;
    const { redirect_uri: redirectUri } = Object.fromEntries(new URL(request.url).searchParams);
    const session = await smart.ready({ callback: `${redirectUri}?code=code&state=${state}` });
    if (session?.patient !== 'zoe') throw new Error(`sign-in ${at} gave no session`);
  }
};
