// The building blocks: one message each. Plain values in, plain values out, nothing stored.

import { hash, random, secondsFrom } from '../../../src/web/env.js';
import { careful, warnings, withChunk } from '../error/failure.js';
import { deepFreeze } from '../values/freeze.js';
import { answerOf, plain } from '../values/plain.js';
import { list } from '../values/words.js';
import { metadata } from '../server/load-metadata.js';

const TOKEN_REQUEST = {
  method: 'POST',
  headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
  redirect: 'manual',
  credentials: 'omit',
  referrerPolicy: 'no-referrer',
  cache: 'no-store',
};

const chunks = {};

/** A chunk that is looked up once, because that takes the platform half as long as most blocks need. */
function kept(name, load) {
  chunks[name] ??= load().catch((cause) => {
    chunks[name] = undefined;
    throw cause;
  });
  return chunks[name];
}

function run(name, input = {}) {
  // Read before: what throws is the caller's.
  const given = plain(input);
  const chunk = kept('blocks', () => import('../engine/blocks-engine.js'));
  return withChunk(chunk, ({ block }) => block(name, given));
}

export const createPkcePair = careful(async () => {
  const codeVerifier = random();
  return { codeVerifier, codeChallenge: await hash('256', codeVerifier), codeChallengeMethod: 'S256' };
});

export const createState = careful(async () => random());

export const normalizeScope = careful((scope) => run('scopes', { scope }));

export const scopeCovers = careful((granted, needed) => run('covers', { granted, needed }));

export const parseLaunch = careful((url) => run('launch', { url: String(url) }));

export const smartConfigurationUrl = careful((fhirBaseUrl) => run('configurationUrl', { fhirBaseUrl }));

export const readSmartConfiguration = careful(async (input) =>
  metadata(await run('configuration', input), { warnings, withChunk }),
);

export const createAuthorizationRequest = careful((input) => run('authorizationRequest', input));

export const readAuthorizationResponse = careful(({ callback, ...expected }) =>
  run('authorizationResponse', { ...expected, ...answerOf(callback) }),
);

export const createCodeTokenRequest = careful((input) => tokenRequest('codeTokenRequest', input));

export const createRefreshTokenRequest = careful((input) => tokenRequest('refreshTokenRequest', input));

async function tokenRequest(name, input) {
  const { url, body } = await run(name, input);
  return { url, init: { ...TOKEN_REQUEST, body } };
}

export const readIdToken = careful(async (input) => {
  const options = plain(input);
  const chunk = kept('inquiries', () => import('../engine/inquiries-engine.js'));
  return deepFreeze(await withChunk(chunk, ({ ask }) => ask({ job: 'idToken', options })));
});

export const readTokenResponse = careful(async (input) => {
  const tokens = await run('tokenResponse', { ...input, retryAfter: secondsFrom(input.retryAfter) });
  return deepFreeze({
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? null,
    idToken: tokens.id_token ?? null,
    expiresIn: tokens.expiresIn ?? null,
    scopes: tokens.granted === undefined ? null : list(tokens.granted),
    patient: tokens.patient ?? null,
    encounter: tokens.encounter ?? null,
    fhirContext: tokens.fhirContext ?? [],
    intent: tokens.intent ?? null,
    needPatientBanner: tokens.needPatientBanner ?? null,
    smartStyleUrl: tokens.smartStyleUrl ?? null,
    tenant: tokens.tenant ?? null,
    warnings: await warnings(tokens.warnings),
    tokenResponse: tokens.tokenResponse,
  });
});
