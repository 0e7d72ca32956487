// The building blocks: each makes or reads one message, takes and returns plain values, and stores nothing.

import { hash, random, secondsFrom } from '../../../src/web/env.js';
import { preload } from '../engine/preload.js';
import { careful, warnings, withChunk } from '../error/create-error.js';
import { deepFreeze } from '../values/freeze.js';
import { callbackOf } from '../page/callback.js';
import { plain } from '../values/plain.js';
import { wordsOf } from '../values/words.js';
import { loadMetadata } from '../server/load-metadata.js';
import { TOKEN_REQUEST } from './token-request.js';
import type { TokenRequest } from './token-request.js';
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

/** A token response. */
export interface SmartTokens {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly idToken: string | null;
  /** Lifetime of the access token in seconds; `null` if the server states none. */
  readonly expiresIn: number | null;
  /** Granted scopes; `null` if the server states none, which means those requested (RFC 6749 §5.1). */
  readonly scopes: readonly string[] | null;
  readonly patient: string | null;
  readonly encounter: string | null;
  readonly fhirContext: readonly FhirContextItem[];
  readonly intent: string | null;
  readonly needPatientBanner: boolean | null;
  readonly smartStyleUrl: string | null;
  readonly tenant: string | null;
  readonly warnings: readonly SmartWarning[];
  /** Everything the server sent, except the three tokens. */
  readonly tokenResponse: Readonly<Record<string, unknown>>;
}

/** The parameters of an authorization request besides the client's id. */
export interface AuthorizationParameters {
  redirectUri: string | URL;
  scope: string;
  aud: string;
  state: string;
  codeChallenge: string;
  launch?: string | undefined;
  nonce?: string | undefined;
  responseMode?: 'query' | 'fragment' | 'form_post' | undefined;
  authorizationParams?: Readonly<Record<string, string | number | boolean | object>> | undefined;
}

export interface IdTokenInput {
  idToken: string;
  /** Issuer in the server's metadata. */
  issuer: string;
  clientId: string;
  /** JWK Set of the issuer (RFC 7517 §5). */
  jwks: { readonly keys: readonly object[] };
  /**
   * The `nonce` of the authorization request, which the token has to repeat. Without it a token with a `nonce` is
   * refused.
   */
  nonce?: string | undefined;
  /** The access token of the same response, to check `at_hash`. */
  accessToken?: string | undefined;
  /** Seconds by which clocks may differ. Default 60, at most 300. */
  clockSkewSeconds?: number | undefined;
}

/** Results of the building blocks in the WebAssembly module (src/protocol/block.rs). */
interface Outcomes {
  scopes: string;
  covers: boolean;
  launch: { readonly iss: string; readonly launch: string } | null;
  configurationUrl: string;
  configuration: EngineServer;
  authorizationRequest: AuthorizationRequest;
  pushedRequest: { readonly url: string; readonly body: string };
  pushedResponse: AuthorizationRequest;
  authorizationResponse: { readonly code: string };
  codeTokenRequest: { readonly url: string; readonly body: string };
  refreshTokenRequest: { readonly url: string; readonly body: string };
  tokenResponse: EngineTokens;
}

/** `Tokens` of the module (src/protocol/token.rs): members that the server did not send are absent. */
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

let engine: Promise<typeof import('../engine/engine.js')> | undefined;

/** Loads the engine once, with a part of it. Importing the chunk for each call would add half the time of most blocks. */
function load(part: 'blocks' | 'inquiries'): NonNullable<typeof engine> {
  if (!engine) {
    preload(part);
    engine = import('../engine/engine.js');
    engine.catch(() => (engine = undefined));
  }
  return engine;
}

function run<Name extends keyof Outcomes>(name: Name, input: object = {}): Promise<Outcomes[Name]> {
  // Read before the chunk is loaded, so that an exception of a getter is thrown to the caller.
  const given = plain(input);
  // The engine is of the same version as this file, so its results have these types.
  return withChunk(load('blocks'), ({ block }) => block(name, given) as Promise<Outcomes[Name]>);
}

/** Creates a PKCE pair (RFC 7636) with 256 random bits: keep the verifier, send the challenge. */
export function createPkcePair(): Promise<PkcePair> {
  return careful(async (): Promise<PkcePair> => {
    const codeVerifier = random();
    return { codeVerifier, codeChallenge: await hash('256', codeVerifier), codeChallengeMethod: 'S256' };
  })();
}

/** Creates a `state` or `nonce`: 256 random bits in base64url. */
export function createState(): Promise<string> {
  return careful(async () => random())();
}

/**
 * Returns the shortest equivalent list of scopes, in v2 syntax and sorted: `patient/Observation.r
 * patient/Observation.s` becomes `patient/Observation.rs`.
 *
 * @throws {SmartError} `config_invalid` for a scope that servers may ignore or refuse, such as `patient/Observation.sr`
 * (permissions out of order).
 */
export function normalizeScope(scope: string): Promise<string> {
  return careful(() => run('scopes', { scope }))();
}

/** Whether granted scopes cover the needed ones, in any syntax (as `session.can`). */
export function scopeCovers(granted: string, needed: string): Promise<boolean> {
  return careful(() => run('covers', { granted, needed }))();
}

/**
 * Reads `iss` and `launch` from a launch URL; `null` if it is not one. Compare `iss` with the servers that you trust.
 *
 * @throws {SmartError} `callback_duplicate_param`, `launch_invalid`, `endpoint_scheme`.
 */
export function parseLaunch(url: string | URL): Promise<{ readonly iss: string; readonly launch: string } | null> {
  return careful(() => run('launch', { url: String(url) }))();
}

/** URL of a FHIR base's smart-configuration: the suffix is appended to the whole path. */
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
 * Creates an authorization request (SMART App Launch 2.2, "Obtain authorization code"). The parameters are in the
 * specification's order.
 *
 * @example
 * const pkce = await createPkcePair(), state = await createState();
 * const request = await createAuthorizationRequest({
 *   authorizationEndpoint: 'https://ehr.example/authorize', clientId: 'app', redirectUri: 'https://app.example/back',
 *   scope: 'launch/patient patient/*.rs', aud: 'https://ehr.example/fhir', state, codeChallenge: pkce.codeChallenge,
 * });
 */
export function createAuthorizationRequest(
  input: AuthorizationParameters & {
    authorizationEndpoint: string | URL;
    clientId: string;
    method?: 'GET' | 'POST' | undefined;
    allowInsecureLoopback?: boolean | undefined;
  },
): Promise<AuthorizationRequest> {
  return careful(() => run('authorizationRequest', input))();
}

/**
 * Creates a pushed authorization request (RFC 9126 §2.1; public client). Read the response with {@link
 * readPushedAuthorizationResponse}, which returns the request to navigate to.
 */
export function createPushedAuthorizationRequest(
  input: AuthorizationParameters & {
    pushedAuthorizationRequestEndpoint: string | URL;
    clientId: string;
    allowInsecureLoopback?: boolean | undefined;
  },
): Promise<TokenRequest> {
  return careful(() => formRequest('pushedRequest', input))();
}

/**
 * Reads the response to a pushed authorization request, and creates the authorization request that refers to it (RFC 9126 §2.2,
 * §4). Use it at once: the reference lives for seconds and works once.
 *
 * @throws {SmartError} `authorization_refused` (the server's reason in `oauth`), `http_status`, `json_invalid`,
 * `par_response_invalid`, `redirected`.
 */
export function readPushedAuthorizationResponse(input: {
  status: number;
  body: string;
  retryAfter?: string | null | undefined;
  authorizationEndpoint: string | URL;
  clientId: string;
  state: string;
  allowInsecureLoopback?: boolean | undefined;
}): Promise<AuthorizationRequest> {
  return careful(() => run('pushedResponse', { ...input, retryAfter: secondsFrom(input.retryAfter) }))();
}

/**
 * Checks an authorization response against its request, and returns the code.
 *
 * @throws {SmartError} `state_unknown`, `callback_*`, `iss_missing`, `iss_mismatch`, `authorization_refused`,
 * `interaction_required`.
 */
export function readAuthorizationResponse(input: {
  /** The URL that the server redirected to, or the body of a `form_post` response. */
  callback: string | URL | URLSearchParams | FormData | Request | PostedAnswer;
  /** The `state` of the request. */
  state: string;
  redirectUri: string | URL;
  responseMode?: 'query' | 'fragment' | 'form_post' | undefined;
  /** Issuer that `iss` must equal (RFC 9207), if known. */
  issuer?: string | undefined;
  /**
   * Whether the server's metadata says that it always sends `iss` (`authorization_response_iss_parameter_supported`).
   */
  issRequired?: boolean | undefined;
}): Promise<{ readonly code: string }> {
  return careful(() => {
    const { callback, ...expected } = input;
    return run('authorizationResponse', { ...expected, ...callbackOf(callback) });
  })();
}

/** Creates a token request that exchanges a code (SMART App Launch 2.2, "Obtain access token"; public client). */
export function createCodeTokenRequest(input: {
  tokenEndpoint: string | URL;
  clientId: string;
  code: string;
  redirectUri: string | URL;
  codeVerifier: string;
  allowInsecureLoopback?: boolean | undefined;
}): Promise<TokenRequest> {
  return careful(() => formRequest('codeTokenRequest', input))();
}

/** Creates a token request that uses a refresh token (SMART App Launch 2.2, "Refresh access token"; public client). */
export function createRefreshTokenRequest(input: {
  tokenEndpoint: string | URL;
  clientId: string;
  refreshToken: string;
  /** A subset of the granted scopes. Default: all of them. */
  scope?: string | undefined;
  allowInsecureLoopback?: boolean | undefined;
}): Promise<TokenRequest> {
  return careful(() => formRequest('refreshTokenRequest', input))();
}

type FormBlock = 'codeTokenRequest' | 'refreshTokenRequest' | 'pushedRequest';

async function formRequest(name: FormBlock, input: object): Promise<TokenRequest> {
  const { url, body } = await run(name, input);
  return { url, init: { ...TOKEN_REQUEST, body } };
}

/**
 * Verifies an ID token with keys that the caller has fetched from the issuer's `jwks_uri`, checks its claims (OpenID
 * Connect Core §3.1.3.7), and returns them. For apps that manage their own sessions: `createSmartClient` does this
 * itself.
 *
 * @throws {SmartError} `id_token_invalid`, `config_invalid`.
 */
export function readIdToken(input: IdTokenInput): Promise<IdTokenClaims> {
  return careful(async () => {
    const options = plain(input);
    // The engine is of the same version as this file, so its results have these types.
    return deepFreeze(await withChunk(load('inquiries'), ({ run }) => run('idToken', { options }) as Promise<IdTokenClaims>));
  })();
}

/**
 * Reads a token response.
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
