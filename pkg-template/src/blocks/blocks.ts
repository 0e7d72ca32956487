// The building blocks: one message each. Plain values in, plain values out, nothing stored.

import { hash, random, secondsFrom } from '../../../src/web/env.js';
import { careful, warnings, withChunk } from '../error/create-error.js';
import { deepFreeze } from '../values/freeze.js';
import { callbackOf } from '../page/callback.js';
import { plain } from '../values/plain.js';
import { wordsOf } from '../values/words.js';
import { loadMetadata } from '../server/load-metadata.js';
import type { SmartWarning, SmartWarningCode } from '../error/smart-warning.js';
import type { AuthorizationRequest } from '../page/authorization-request.js';
import type { EngineServer } from '../server/engine-server.js';
import type { SmartServerMetadata } from '../server/smart-server-metadata.js';
import type { FhirContextItem } from '../values/fhir-context.js';
import type { IdTokenClaims } from '../values/id-token-claims.js';
import type { FormData, Request, URL, URLSearchParams } from '../values/platform.js';
import type { PostedAnswer } from '../values/posted-answer.js';

export interface PkcePair {
  readonly codeVerifier: string;
  readonly codeChallenge: string;
  readonly codeChallengeMethod: 'S256';
}

/** A request to the token endpoint, ready for `fetch(url, init)`. */
export interface TokenRequest {
  readonly url: string;
  readonly init: {
    readonly method: 'POST';
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly redirect: 'manual';
    readonly credentials: 'omit';
    readonly referrerPolicy: 'no-referrer';
    readonly cache: 'no-store';
  };
}

/** A token response, read. */
export interface SmartTokens {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly idToken: string | null;
  /** Lifetime in seconds; `null` when the server gave none. */
  readonly expiresIn: number | null;
  /** Scopes granted; `null` when the server named none, which means those asked for (RFC 6749 §5.1). */
  readonly scopes: readonly string[] | null;
  readonly patient: string | null;
  readonly encounter: string | null;
  readonly fhirContext: readonly FhirContextItem[];
  readonly intent: string | null;
  readonly needPatientBanner: boolean | null;
  readonly smartStyleUrl: string | null;
  readonly tenant: string | null;
  readonly warnings: readonly SmartWarning[];
  /** Everything the server sent but the three tokens. */
  readonly tokenResponse: Readonly<Record<string, unknown>>;
}

export interface IdTokenInput {
  idToken: string;
  /** Of the server's metadata. */
  issuer: string;
  clientId: string;
  /** JWK Set of the issuer (RFC 7517 §5). */
  jwks: { readonly keys: readonly object[] };
  /** The one that was sent: then the token has to repeat it. Without it a token that has one is refused. */
  nonce?: string | undefined;
  /** The access token that came with it, for `at_hash`. */
  accessToken?: string | undefined;
  /** Default 60, at most 300. */
  clockSkewSeconds?: number | undefined;
}

const TOKEN_REQUEST: Omit<TokenRequest['init'], 'body'> = {
  method: 'POST',
  headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
  redirect: 'manual',
  credentials: 'omit',
  referrerPolicy: 'no-referrer',
  cache: 'no-store',
};

/** What the engine gives for each block (src/protocol/block.rs). */
interface Outcomes {
  scopes: string;
  covers: boolean;
  launch: { readonly iss: string; readonly launch: string } | null;
  configurationUrl: string;
  configuration: EngineServer;
  authorizationRequest: AuthorizationRequest;
  authorizationResponse: { readonly code: string };
  codeTokenRequest: { readonly url: string; readonly body: string };
  refreshTokenRequest: { readonly url: string; readonly body: string };
  tokenResponse: EngineTokens;
}

/** The engine's `Tokens`: members are absent where the server sent none. */
interface EngineTokens extends Partial<Context>, Pick<SmartTokens, 'tokenResponse'> {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly expiresIn?: number;
  /** Separated by spaces. */
  readonly granted?: string;
  readonly warnings?: SmartWarningCode[];
}

type Context = Pick<
  SmartTokens,
  'patient' | 'encounter' | 'fhirContext' | 'intent' | 'needPatientBanner' | 'smartStyleUrl' | 'tenant'
>;

const chunks: Record<string, Promise<unknown> | undefined> = {};

/** A chunk that is looked up once, because that takes the platform half as long as most blocks need. */
function kept<Chunk>(name: string, load: () => Promise<Chunk>): Promise<Chunk> {
  chunks[name] ??= load().catch((cause: unknown) => {
    chunks[name] = undefined;
    throw cause;
  });
  // Each name is of one chunk.
  return chunks[name] as Promise<Chunk>;
}

function run<Name extends keyof Outcomes>(name: Name, input: object = {}): Promise<Outcomes[Name]> {
  // Read before: what throws is the caller's.
  const given = plain(input);
  const chunk = kept('blocks', () => import('../engine/blocks-engine.js'));
  // The engine is of this very version.
  return withChunk(chunk, ({ block }) => block(name, given) as Promise<Outcomes[Name]>);
}

/** A PKCE pair (RFC 7636): keep the verifier, send the challenge. 256 bits of the platform's randomness. */
export function createPkcePair(): Promise<PkcePair> {
  return careful(async (): Promise<PkcePair> => {
    const codeVerifier = random();
    return { codeVerifier, codeChallenge: await hash('256', codeVerifier), codeChallengeMethod: 'S256' };
  })();
}

/** A fresh `state` or `nonce`: 256 bits of the platform's randomness, base64url. */
export function createState(): Promise<string> {
  return careful(async () => random())();
}

/**
 * The shortest list of scopes that means the same: `patient/Observation.r patient/Observation.s` becomes
 * `patient/Observation.rs`. In v2 form, sorted.
 *
 * @throws {SmartError} `config_invalid` for a scope that servers may ignore or refuse, such as one with letters out of
 * order.
 */
export function normalizeScope(scope: string): Promise<string> {
  return careful(() => run('scopes', { scope }))();
}

/** Whether scopes that were granted cover those that are needed, in any of their forms (as `session.can`). */
export function scopeCovers(granted: string, needed: string): Promise<boolean> {
  return careful(() => run('covers', { granted, needed }))();
}

/**
 * Reads `iss` and `launch` from a launch URL; `null` if it is none. `iss` is the caller's to check before use.
 *
 * @throws {SmartError} `callback_duplicate_param`, `launch_invalid`, `endpoint_scheme`.
 */
export function parseLaunch(url: string | URL): Promise<{ readonly iss: string; readonly launch: string } | null> {
  return careful(() => run('launch', { url: String(url) }))();
}

/** URL of a FHIR base's smart-configuration: appended to the whole path with exactly one slash. */
export function smartConfigurationUrl(fhirBaseUrl: string | URL): Promise<string> {
  return careful(() => run('configurationUrl', { fhirBaseUrl }))();
}

/**
 * Reads a smart-configuration document.
 *
 * @throws {SmartError} `json_invalid`, `discovery_invalid`, `endpoint_scheme`.
 */
export function readSmartConfiguration(input: {
  fhirBaseUrl: string | URL;
  body: string;
  allowInsecureLoopback?: boolean | undefined;
}): Promise<SmartServerMetadata> {
  return careful(async () => loadMetadata(await run('configuration', input), { warnings, withChunk }))();
}

/**
 * Makes an authorization request (SMART App Launch 2.2, "Obtain authorization code"). Parameters go in the guide's order.
 *
 * @example
 * const pkce = await createPkcePair(), state = await createState();
 * const request = await createAuthorizationRequest({
 *   authorizationEndpoint: 'https://ehr.example/authorize', clientId: 'app', redirectUri: 'https://app.example/back',
 *   scope: 'launch/patient patient/*.rs', aud: 'https://ehr.example/fhir', state, codeChallenge: pkce.codeChallenge,
 * });
 */
export function createAuthorizationRequest(input: {
  authorizationEndpoint: string | URL;
  clientId: string;
  redirectUri: string | URL;
  scope: string;
  aud: string;
  state: string;
  codeChallenge: string;
  launch?: string | undefined;
  nonce?: string | undefined;
  responseMode?: 'query' | 'fragment' | 'form_post' | undefined;
  method?: 'GET' | 'POST' | undefined;
  authorizationParams?: Readonly<Record<string, string | number | boolean | object>> | undefined;
  allowInsecureLoopback?: boolean | undefined;
}): Promise<AuthorizationRequest> {
  return careful(() => run('authorizationRequest', input))();
}

/**
 * Reads the answer to an authorization request and gives up its code once it is shown to answer that request.
 *
 * @throws {SmartError} `state_unknown`, `callback_*`, `iss_missing`, `iss_mismatch`, `authorization_refused`,
 * `interaction_required`.
 */
export function readAuthorizationResponse(input: {
  /** The URL the server sent the browser to, or the posted body. */
  callback: string | URL | URLSearchParams | FormData | Request | PostedAnswer;
  /** What was sent. */
  state: string;
  redirectUri: string | URL;
  responseMode?: 'query' | 'fragment' | 'form_post' | undefined;
  /** Issuer that `iss` must equal (RFC 9207), if known. */
  issuer?: string | undefined;
  /** Whether the server says that it always sends `iss`. */
  issRequired?: boolean | undefined;
}): Promise<{ readonly code: string }> {
  return careful(() => {
    const { callback, ...expected } = input;
    return run('authorizationResponse', { ...expected, ...callbackOf(callback) });
  })();
}

/** Token request that exchanges a code (SMART App Launch 2.2, "Obtain access token"; public client). */
export function createCodeTokenRequest(input: {
  tokenEndpoint: string | URL;
  clientId: string;
  code: string;
  redirectUri: string | URL;
  codeVerifier: string;
  allowInsecureLoopback?: boolean | undefined;
}): Promise<TokenRequest> {
  return careful(() => tokenRequest('codeTokenRequest', input))();
}

/** Token request that uses a refresh token (SMART App Launch 2.2, "Refresh access token"; public client). */
export function createRefreshTokenRequest(input: {
  tokenEndpoint: string | URL;
  clientId: string;
  refreshToken: string;
  /** A subset of what was granted; absent: the same. */
  scope?: string | undefined;
  allowInsecureLoopback?: boolean | undefined;
}): Promise<TokenRequest> {
  return careful(() => tokenRequest('refreshTokenRequest', input))();
}

async function tokenRequest(name: 'codeTokenRequest' | 'refreshTokenRequest', input: object): Promise<TokenRequest> {
  const { url, body } = await run(name, input);
  return { url, init: { ...TOKEN_REQUEST, body } };
}

/**
 * The claims of an ID token, its signature verified with keys that the caller fetched from the issuer's `jwks_uri`, and its
 * claims checked (OpenID Connect Core §3.1.3.7). For those who keep sessions of their own: `createSmartClient` does this by
 * itself.
 *
 * @throws {SmartError} `id_token_invalid`, `config_invalid`.
 */
export function readIdToken(input: IdTokenInput): Promise<IdTokenClaims> {
  return careful(async () => {
    const options = plain(input);
    const chunk = kept('inquiries', () => import('../engine/inquiries-engine.js'));
    return deepFreeze(await withChunk(chunk, ({ ask }) => ask({ job: 'idToken', options }) as Promise<IdTokenClaims>));
  })();
}

/**
 * Reads an answer of the token endpoint.
 *
 * @throws {SmartError} `token_refused` (the server's reason in `oauth`), `http_status`, `content_type`, `json_invalid`,
 * `token_response_invalid`, `token_type_unsupported`, `launch_context_invalid`, `redirected`.
 */
export function readTokenResponse(input: {
  status: number;
  contentType: string | null;
  body: string;
  retryAfter?: string | null | undefined;
  strict?: boolean | undefined;
}): Promise<SmartTokens> {
  return careful(async () => {
    const tokens = await run('tokenResponse', { ...input, retryAfter: secondsFrom(input.retryAfter) });
    return deepFreeze<SmartTokens>({
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token ?? null,
      idToken: tokens.id_token ?? null,
      expiresIn: tokens.expiresIn ?? null,
      scopes: tokens.granted === undefined ? null : wordsOf(tokens.granted),
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
  })();
}
