// The building blocks: one message each. Plain values in, plain values out, nothing stored.

import { hash, random, secondsFrom } from '../../src/web/env.js';
import { warnings, withChunk } from './error.js';
import { deepFreeze } from './freeze.js';
import { answerOf, plain } from './input.js';
import { metadata } from './server.js';

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
  const chunk = kept('blocks', () => import('./blocks-engine.js'));
  return withChunk(chunk, ({ block }) => block(name, plain(input)));
}

export async function createPkcePair() {
  const codeVerifier = random();
  return { codeVerifier, codeChallenge: await hash('256', codeVerifier), codeChallengeMethod: 'S256' };
}

export const createState = async () => random();

export const normalizeScope = (scope) => run('scopes', { scope });

export const scopeCovers = (granted, needed) => run('covers', { granted, needed });

export const parseLaunch = (url) => run('launch', { url: String(url) });

export const smartConfigurationUrl = (fhirBaseUrl) => run('configurationUrl', { fhirBaseUrl });

export const readSmartConfiguration = async (input) =>
  metadata(await run('configuration', input), { warnings, withChunk });

export const createAuthorizationRequest = (input) => run('authorizationRequest', input);

export const readAuthorizationResponse = ({ callback, ...expected }) =>
  run('authorizationResponse', { ...expected, ...answerOf(callback) });

export const createCodeTokenRequest = (input) => tokenRequest('codeTokenRequest', input);

export const createRefreshTokenRequest = (input) => tokenRequest('refreshTokenRequest', input);

async function tokenRequest(name, input) {
  const { url, body } = await run(name, input);
  return { url, init: { ...TOKEN_REQUEST, body } };
}

export async function readIdToken(input) {
  const chunk = kept('inquiries', () => import('./inquiries-engine.js'));
  return deepFreeze(await withChunk(chunk, ({ ask }) => ask({ job: 'idToken', options: plain(input) })));
}

export async function readTokenResponse(input) {
  const tokens = await run('tokenResponse', { ...input, retryAfter: secondsFrom(input.retryAfter) });
  return deepFreeze({
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? null,
    idToken: tokens.id_token ?? null,
    expiresIn: tokens.expiresIn ?? null,
    scopes: tokens.granted === undefined ? null : tokens.granted.split(/\s+/).filter(Boolean),
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
}
