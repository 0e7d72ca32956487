// ID-token validations a second, beside `jose`: the same tokens, keys and checks, in turn. Runs in a page.

import { createLocalJWKSet, jwtVerify } from 'jose';
import { readIdToken } from 'smart-launch';

const ISSUER = 'https://ehr.example';
const US = 'growth-chart';
const ALGORITHMS = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
  ES256: { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' },
};
const ROUNDS = 15;
const COUNT = 100;

const encode = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
const part = (value) => encode(new TextEncoder().encode(JSON.stringify(value)));

async function tokens(algorithm) {
  const parameters = ALGORITHMS[algorithm];
  const { publicKey, privateKey } = await crypto.subtle.generateKey(parameters, true, ['sign', 'verify']);
  const jwk = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'key', use: 'sig', alg: algorithm };
  const now = Math.floor(Date.now() / 1000);
  const made = [];
  for (let number = 0; number < COUNT; number++) {
    const claims = { iss: ISSUER, sub: `user ${number}`, aud: US, exp: now + 3_600, iat: now, nonce: 'n', name: 'Zoë' };
    const text = `${part({ alg: algorithm, kid: 'key' })}.${part(claims)}`;
    const signature = await crypto.subtle.sign(parameters, privateKey, new TextEncoder().encode(text));
    made.push(`${text}.${encode(new Uint8Array(signature))}`);
  }
  return { jwks: { keys: [jwk] }, made };
}

async function time(made, validate) {
  const started = performance.now();
  for (const token of made) await validate(token);
  return (performance.now() - started) / made.length;
}

/** Median and quartiles of the ratio of our time to the other's, and our validations a second. */
async function compare(algorithm) {
  const { jwks, made } = await tokens(algorithm);
  const keys = createLocalJWKSet(jwks);
  const options = { issuer: ISSUER, audience: US, algorithms: [algorithm], requiredClaims: ['sub', 'exp', 'iat'] };
  const ours = (idToken) => readIdToken({ idToken, issuer: ISSUER, clientId: US, nonce: 'n', jwks });
  const theirs = (token) => jwtVerify(token, keys, options);
  const ratios = [];
  const speeds = [];
  await time(made, ours);
  await time(made, theirs);
  for (let round = 0; round < ROUNDS; round++) {
    // Who goes first changes, so that neither has the warmer caches.
    const first = round % 2 ? [ours, theirs] : [theirs, ours];
    const times = [await time(made, first[0]), await time(made, first[1])];
    const [our, their] = round % 2 ? times : times.toReversed();
    ratios.push(our / their);
    speeds.push(1_000 / our);
  }
  const at = (values, share) => values.toSorted((a, b) => a - b)[Math.round((values.length - 1) * share)];
  return {
    algorithm,
    validationsPerSecond: Math.round(at(speeds, 0.5)),
    timeRatioToJose: [0.25, 0.5, 0.75].map((share) => Number(at(ratios, share).toFixed(2))),
  };
}

globalThis.bench = async () => [await compare('RS256'), await compare('ES256')];
