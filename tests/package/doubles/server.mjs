// Plays the double of a server that cannot be installed here: what it says of itself, what it answers and what it minds
// is data. Sign-ins are kept, so that a code works once and a refresh token as often as the server says.

import { createHash } from 'node:crypto';
import { REDIRECT_URI, SECRET } from '../ehr.mjs';
import { startServer } from '../scripted-server.mjs';
import { parametersOf } from '../sign-in.mjs';
import { keyFor, leftHash, signed } from '../signer.mjs';

/**
 * @typedef {import('../scripted-server.mjs').Answer} Answer
 *
 * @typedef {object} Double every URL under a host that ends in `.double` becomes one of a server on this machine
 * @property {string} name
 * @property {string} fhirBaseUrl
 * @property {string} authorizationEndpoint
 * @property {string} tokenEndpoint
 * @property {string} jwksUri
 * @property {Record<string, object>} documents what else it publishes, by URL
 * @property {Record<string, Answer>} [answers] what else it answers, by URL
 * @property {string} scope what an app asks for here
 * @property {object} [settings] options that an app has to set here, beside those that every server needs
 * @property {string} [algorithm] of its ID tokens
 * @property {string} [key] which one of that algorithm it signs them with
 * @property {string} [published] which one it publishes, where it is another
 * @property {object} [header] of its ID tokens, beside or instead of the usual members
 * @property {object} claims of its ID tokens, beside or instead of the usual ones
 * @property {object} tokens members of its token responses, beside or instead of the three tokens
 * @property {boolean} [refreshTokens] whether it gives any; by default it does
 * @property {boolean} [rotates] whether a refresh token works once
 * @property {string} [code] what its codes begin with
 * @property {string[]} [scopes] those it knows, where it refuses others
 * @property {Record<string, Answer & { ends?: boolean }>} refusals its words, by what it minds; some end the sign-in
 * @property {string[]} [warnings] codes of what every session here is warned of
 * @property {Scenario[]} scenarios
 *
 * @typedef {object} Scenario
 * @property {string} what
 * @property {object} [server] what is otherwise in this installation
 * @property {object} [options] of the app, beside those of {@link Double.settings}
 * @property {(play: Play) => Promise<unknown>} [run] what is done; by default a sign-in
 * @property {object} [session] members of the session it ends in
 * @property {string[]} [warnings] codes of that session's warnings, where they are not the usual ones
 * @property {object} [error] members of the error it ends in; its `hint` has to say this
 * @property {Record<string, object>} [sent] parameters of the latest request to an endpoint; `undefined`: not sent
 * @property {(play: Play, outcome: unknown) => unknown} [check] what else was sent, and must hold
 *
 * @typedef {Awaited<ReturnType<typeof startDouble>> & { client: import('smart-launch').SmartClient }} Play
 */

/** @param {import('node:test').TestContext} test @param {Double} double */
export async function startDouble(test, double) {
  const servers = new Map();
  for (const host of new Set(JSON.stringify(double).match(HOSTS))) servers.set(host, await startServer(test));
  const here = localised(double, servers);
  /** What was signed in to, by code. */
  const logins = new Map();
  const visits = [];
  let issued = 0;

  const at = (url) => {
    const { origin, pathname } = new URL(url);
    const server = [...servers.values()].find((server) => server.origin === origin);
    return { answer: (answer) => server.answer(pathname, answer), asked: () => server.askedFor(pathname) };
  };

  for (const [url, json] of Object.entries(here.documents)) at(url).answer({ json });
  for (const [url, answer] of Object.entries(here.answers ?? {})) at(url).answer(answer);
  at(here.jwksUri).answer(() => ({ json: { keys: [keyFor(here.algorithm, here.published ?? here.key).jwk] } }));
  at(here.tokenEndpoint).answer((request) => refusalOf(request) ?? granted(request));
  const patient = `${here.fhirBaseUrl}/Patient/zoe`;
  at(patient).answer(({ headers }) => (isGood(headers.authorization) ? { json: { id: 'zoe' } } : { status: 401 }));

  const loginOf = ({ fields }) =>
    fields.get('grant_type') === 'refresh_token'
      ? [...logins.values()].find(({ refreshTokens }) => refreshTokens.includes(fields.get('refresh_token')))
      : logins.get(fields.get('code'));

  const isGood = (authorization) =>
    [...logins.values()].some(({ ended, accessToken }) => !ended && authorization === `Bearer ${accessToken}`);

  function refusalOf(request) {
    const login = loginOf(request);
    const refusals = { ...USUAL_REFUSALS, ...here.refusals };
    const checks = [...REQUEST_CHECKS, ...(CHECKS[request.fields.get('grant_type')] ?? [])];
    const minded = checks.find(([name, holds]) => refusals[name] && !holds(request, login, here));
    if (!minded) return undefined;
    const refusal = refusals[minded[0]];
    if (refusal.ends) login.ended = true;
    return refusal;
  }

  function granted(request) {
    issued += 1;
    const login = loginOf(request);
    login.accessToken = `${SECRET}-access-${issued}`;
    login.spent = true;
    if (here.rotates || login.refreshTokens.length === 0) login.refreshTokens.push(`${SECRET}-refresh-${issued}`);
    const tokens = {
      access_token: login.accessToken,
      refresh_token: here.refreshTokens === false ? undefined : login.refreshTokens.at(-1),
      id_token: login.scope.includes('openid') ? idToken(login) : undefined,
      ...here.tokens,
    };
    return { json: { scope: login.scope, ...tokens } };
  }

  function idToken({ accessToken, nonce }) {
    const key = keyFor(here.algorithm, here.key);
    const now = Math.floor(Date.now() / 1_000);
    const times = { iat: now, exp: now + 300 };
    const usual = { sub: 'amara', aud: CLIENT_ID, ...times, nonce, at_hash: leftHash(256, accessToken) };
    return signed({ alg: key.algorithm, typ: 'JWT', kid: key.kid, ...here.header }, { ...usual, ...here.claims }, key);
  }

  return {
    double: here,
    /** The requests of the app to a URL. */
    askedFor: (url) => at(url).asked(),
    /** The parameters of the authorization requests that a user came with. */
    visits,
    /** Sets what a URL answers from here on. */
    answer: (url, answer) => at(url).answer(answer),
    /** Options of an app that is registered here. */
    options: (more) => ({
      fhirBaseUrl: here.fhirBaseUrl,
      clientId: CLIENT_ID,
      scope: here.scope,
      redirectUri: REDIRECT_URI,
      allowInsecureLoopback: true,
      storage: 'memory',
      ...here.settings,
      ...more,
    }),
    /** The answer to an authorization request: of a user who says yes, unless the server minds something. */
    answerTo(request) {
      const asked = parametersOf(request);
      visits.push(asked);
      const minded = AUTHORIZATION_CHECKS.find(([name, holds]) => here.refusals[name] && !holds(asked, here));
      const code = `${here.code ?? SECRET}-code-${logins.size + 1}`;
      if (!minded) logins.set(code, { ...asked, since: Date.now(), refreshTokens: [] });
      const { state } = asked;
      const answer = new URLSearchParams(minded ? { ...here.refusals[minded[0]], state } : { code, state });
      if (asked.response_mode === 'form_post') return answer;
      return `${asked.redirect_uri}${asked.response_mode === 'fragment' ? '#' : '?'}${answer}`;
    },
  };
}

/** The same with members changed; those that are objects are changed member by member. */
export function changed(object, changes = {}) {
  const merged = Object.entries(changes).map(([name, value]) => [
    name,
    isPlain(value) && isPlain(object[name]) ? changed(object[name], value) : value,
  ]);
  return { ...object, ...Object.fromEntries(merged) };
}

function localised(value, servers) {
  if (typeof value === 'string') return value.replace(HOSTS, (host) => servers.get(host).origin);
  if (Array.isArray(value)) return value.map((item) => localised(item, servers));
  if (!isPlain(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map((entry) => entry.map((part) => localised(part, servers))));
}

const isPlain = (value) => Object.prototype.toString.call(value) === '[object Object]';
const challengeOf = (verifier = '') => createHash('sha256').update(verifier).digest('base64url');

/** What a server may mind of an authorization request; it does where it has words for it. */
const AUTHORIZATION_CHECKS = [
  ['aud', ({ aud }, { fhirBaseUrl }) => aud === fhirBaseUrl],
  ['scope', ({ scope }, { scopes }) => scope.split(' ').every((one) => scopes.includes(one))],
  ['consent', () => false],
];

/** The same of a token request. */
const REQUEST_CHECKS = [
  ['content type', ({ headers }) => headers['content-type'] === 'application/x-www-form-urlencoded'],
  ['client', ({ fields }) => fields.get('client_id') === CLIENT_ID],
  ['state', ({ fields }) => fields.has('state')],
  ['anything', () => false],
];
const CHECKS = {
  authorization_code: [
    ['code', (_, login) => login],
    ['spent code', (_, login) => !login.spent],
    ['expired code', (_, { since }) => Date.now() - since < CODE_LIFETIME],
    ['redirect URI', ({ fields }, login) => fields.get('redirect_uri') === login.redirect_uri],
    ['verifier', ({ fields }, login) => challengeOf(fields.get('code_verifier') ?? undefined) === login.code_challenge],
  ],
  refresh_token: [
    ['refreshing', () => false],
    ['refresh token', (_, login) => login],
    ['ended', (_, login) => !login.ended],
    ['spent refresh token', ({ fields }, login) => fields.get('refresh_token') === login.refreshTokens.at(-1)],
  ],
};

/** What every server minds (RFC 6749 §5.2, RFC 7636 §4.6), in the standard's words where it has none of its own. */
const invalid = (error, status = 400) => ({ status, json: { error } });
const USUAL_REFUSALS = {
  'content type': invalid('invalid_request'),
  client: invalid('invalid_client', 401),
  code: invalid('invalid_grant'),
  'spent code': invalid('invalid_grant'),
  'expired code': invalid('invalid_grant'),
  'redirect URI': invalid('invalid_grant'),
  verifier: invalid('invalid_grant'),
  'refresh token': invalid('invalid_grant'),
  ended: invalid('invalid_grant'),
  'spent refresh token': invalid('invalid_grant'),
};

const CLIENT_ID = 'growth-chart';
/** Milliseconds. */
const CODE_LIFETIME = 60_000;
const HOSTS = /https:\/\/[a-z.-]+\.double/g;
