// A client with one access token in memory, which is renewed by one request for all callers.

import { EFFECTS, Env, createWorld } from '../../../src/web/env.js';
import { createStore } from '../client/state.js';
import { signalOf, unlessAborted } from '../error/abort.js';
import { withSmartErrors, smartError, warnings, withChunk } from '../error/create-error.js';
import type { SmartError } from '../error/smart-error.js';
import type { SmartWarningCode } from '../error/smart-warning.js';
import type { EngineServer } from '../server/engine-server.js';
import { loadMetadata } from '../server/load-metadata.js';
import type { AccessTokenOptions } from '../session/access-token-options.js';
import { createExchange, requestOf } from '../session/fhir-exchange.js';
import { createFetch } from '../session/fhir-fetch.js';
import { lateFhirCalls } from '../session/late-fhir-calls.js';
import type { SmartRequestEvent } from '../session/smart-events.js';
import { deepFreeze } from '../values/freeze.js';
import { wordsOf } from '../values/words.js';
import type { BackendClient, BackendEvents, BackendToken } from './backend-client.js';

/** A token from the WebAssembly module (src/protocol/backend.rs). Times are in milliseconds of the monotonic clock. */
interface Token {
  readonly accessToken: string;
  readonly receivedAt: number;
  /** Whether this token replaced one that a resource refused with 401. */
  readonly isReplacement: boolean;
  renewAt: number;
  readonly expiresAt?: number;
  /** `expiresAt`, or without a stated lifetime the first `renewAt`: until then the token is assumed to be valid. */
  readonly validUntil: number;
  readonly granted?: string;
  readonly warnings?: readonly SmartWarningCode[];
  readonly tokenResponse: Readonly<Record<string, unknown>>;
}

/** Milliseconds between attempts to renew a token that is still valid, without `Retry-After`. */
const RETRY_INTERVAL = 10_000;

/** The client for which {@link createTokenClient} requests tokens. */
export interface TokenClientSettings {
  /** The options of the client, with `clientAuth`. */
  readonly client: object;
  /** Additional input of the WebAssembly module. */
  readonly input?: object;
  /** The requested scopes. */
  readonly scope?: string | undefined;
  /** Called with each new token; throws if the token must not be used. */
  readonly accept?: (token: BackendToken) => void;
}

/** A back-end client with access to its token. */
export interface TokenClient extends BackendClient {
  /** Information about a token that is valid now. */
  getToken(): Promise<BackendToken>;
}

export function createTokenClient({ client, input, scope, accept }: TokenClientSettings): TokenClient {
  const { on, emit } = createStore<object, BackendEvents>({});
  const world = createWorld();
  let token: Token | undefined;
  let tokenInfo: BackendToken | undefined;
  let pending: Promise<Token> | undefined;
  /** The error from a server that sent `Retry-After`. Requests before the time `until` throw the same error. */
  let refusal: { readonly until: number; readonly error: SmartError } | undefined;

  // Events of src/web/env.js have this shape.
  const observe = (event: object) => emit('request', event as SmartRequestEvent);
  const environment = () => new Env(observe, world);
  const now = () => Number(EFFECTS.steady?.(environment()));

  const run = (job: string, jobInput: object = {}): Promise<unknown> =>
    withChunk(import('../engine/confidential-engine.js'), (chunk) => {
      Object.assign(EFFECTS, chunk.effects);
      return chunk.run(job, { clients: [client], ...input, ...jobInput }, environment());
    });

  async function request(isReplacement: boolean): Promise<Token> {
    if (refusal && now() < refusal.until) throw refusal.error;
    refusal = undefined;
    try {
      // The module is of the same version, so its result has this type.
      const received = (await run('backendToken')) as Omit<Token, 'receivedAt' | 'isReplacement' | 'validUntil'>;
      const validUntil = received.expiresAt ?? received.renewAt;
      const newToken = { ...received, receivedAt: now(), isReplacement, validUntil };
      const info = infoOf(newToken, await warnings(newToken.warnings));
      accept?.(info);
      token = newToken;
      tokenInfo = info;
      emit('renewed', info);
      return newToken;
    } catch (failure) {
      const error = await smartError(failure);
      const wait = error.retryAfterSeconds;
      if (wait !== undefined) refusal = { until: now() + wait * 1000, error };
      const retryAt = now() + (wait === undefined ? RETRY_INTERVAL : wait * 1000);
      // Not later than the token expires.
      if (token) token.renewAt = Math.min(retryAt, token.expiresAt ?? retryAt);
      emit('error', error);
      throw error;
    }
  }

  function infoOf({ granted, expiresAt, tokenResponse }: Token, warnings: BackendToken['warnings']): BackendToken {
    const expiry = expiresAt === undefined ? null : Math.round(Date.now() + expiresAt - now());
    return deepFreeze({ scopes: wordsOf(granted ?? scope ?? ''), expiresAt: expiry, warnings, tokenResponse });
  }

  /** A token that is valid now, or for `seconds` more, and is not the one that was refused. */
  async function validToken(refused?: string, seconds = 0): Promise<string> {
    const isFresh = ({ receivedAt, renewAt, validUntil }: Token) => {
      // `seconds` is ignored if the whole lifetime is shorter: otherwise each call would renew the token.
      const isIgnored = seconds === 0 || validUntil - receivedAt <= seconds * 1000;
      return now() < renewAt && (isIgnored || now() + seconds * 1000 < validUntil);
    };
    // If a resource refuses the new token too, the token is not the reason, unless it may have expired meanwhile.
    const isReplacement = token?.isReplacement && now() < token.validUntil;
    const isRefused = token !== undefined && token.accessToken === refused && !isReplacement;
    const currentToken = isRefused ? undefined : token;
    // A token without a stated lifetime is used until a resource refuses it.
    if (isRefused && token?.expiresAt === undefined) token = undefined;
    if (currentToken && isFresh(currentToken)) return currentToken.accessToken;
    pending ??= request(isRefused).finally(() => (pending = undefined));
    try {
      return (await pending).accessToken;
    } catch (error) {
      // Meanwhile a resource may have refused the token.
      const isUsable = currentToken === token && seconds === 0 && now() < (currentToken?.expiresAt ?? Infinity);
      if (currentToken && isUsable) return currentToken.accessToken;
      throw error;
    }
  }

  const locate = async (url: string) => ({ url: (await run('backendResource', { url })) as string });
  const tokensByResponse = new WeakMap<Response, string>();
  const carried = (response: Response, accessToken: string) => tokensByResponse.set(response, accessToken);
  const backendFetch = createFetch({ locate, token: (_, refused) => validToken(refused), observe, carried, smartError });
  const readJson = createExchange(backendFetch, smartError, async (text, response) => {
    const { masked } = await withChunk(import('../values/mask.js'), (chunk) => chunk);
    return masked(text, [tokensByResponse.get(response), token?.accessToken]);
  });

  /** Wraps a call so that it rejects only with a SmartError, and at once when its signal is aborted. */
  const abortable = <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) =>
    withSmartErrors((...args: Args) => unlessAborted(signalOf(args), () => call(...args)));

  const exchange = abortable(readJson);
  const { user: _, ...fhirCalls } = lateFhirCalls({ exchange, signIn: () => null, errors: { withSmartErrors, withChunk } });

  return Object.freeze<TokenClient>({
    request: requestOf(exchange) as BackendClient['request'],
    ...fhirCalls,
    fetch: abortable(backendFetch),
    getAccessToken: withSmartErrors(({ minValiditySeconds = 0, signal }: AccessTokenOptions = {}) => {
      if (!(minValiditySeconds >= 0)) throw { code: 'config_invalid', about: '`minValiditySeconds` is not valid' };
      return unlessAborted(signal, () => validToken(undefined, minValiditySeconds));
    }),
    discover: withSmartErrors(async () =>
      loadMetadata((await run('backendDiscover')) as EngineServer, { warnings, withChunk }),
    ),
    getToken: withSmartErrors(async () => {
      await validToken();
      return tokenInfo as BackendToken;
    }),
    on,
  });
}
