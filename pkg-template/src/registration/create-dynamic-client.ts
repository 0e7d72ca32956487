// `createDynamicClient`: a client that a user registers for one browser.

import { cryptography } from '../../../src/web/env.js';
import { createStore } from '../client/state.js';
import type { BackendEvents, BackendToken } from '../confidential/backend-client.js';
import { createTokenClient } from '../confidential/create-token-client.js';
import type { TokenClient } from '../confidential/create-token-client.js';
import { publicJwks } from '../confidential/public-jwks.js';
import { withSmartErrors } from '../error/create-error.js';
import type { SmartError } from '../error/smart-error.js';
import { plain } from '../values/plain.js';
import type { DynamicClient, DynamicClientOptions } from './dynamic-client.js';
import { load, remove, save } from './key-store.js';
import type { StoredClient } from './key-store.js';
import { deleteClient, registerClient } from './register-client.js';
import type { RegisteredClient } from './registered-client.js';

/**
 * Creates a client for access without a refresh token, as Epic offers it to apps in a browser: after a sign-in the app registers
 * this browser, which then gets access tokens with a key of its own (RFC 7523 §2.1). Does no I/O.
 *
 * @example
 * const device = createDynamicClient({ fhirBaseUrl: 'https://ehr.example/fhir', softwareId: 'my-app' });
 * if (!(await device.isRegistered())) await device.register(await smart.getAccessToken());
 * const { tokenResponse } = await device.getToken();
 * const patient = await device.request(`Patient/${tokenResponse.patient}`);
 */
export function createDynamicClient(options: DynamicClientOptions): DynamicClient {
  const { softwareId, registrationEndpoint, ...server } = plain({ ...options });
  // A base with and without its final slash is the same server.
  const storageKey = `${String(server.fhirBaseUrl).replace(/\/$/, '')} ${softwareId}`;
  const probeKey = `${storageKey} (new)`;
  const { on, emit } = createStore<object, BackendEvents>({});
  /** The registration that this page uses. A newer registration in the storage may be for another user. */
  let usedRegistration: { readonly keyId: string; readonly tokens: TokenClient } | undefined;
  /**
   * The registration that this page has made. Its management token is not stored: a script that is injected into a page could
   * use it to register a key of its own, and call the server from elsewhere.
   */
  let ownRegistration: { readonly keyId: string; readonly client: RegisteredClient } | undefined;
  let registering: { readonly accessToken: string; readonly promise: Promise<void> } | undefined;

  function createTokens({ clientId, keyId, privateKey }: StoredClient): TokenClient {
    let patient: unknown;
    const accept = ({ tokenResponse }: BackendToken) => {
      if (patient !== undefined && tokenResponse.patient !== patient) {
        throw { code: 'launch_context_invalid', about: 'the new access token is for another patient' };
      }
      patient = tokenResponse.patient;
    };
    const client = { ...server, clientId, clientAuth: { key: privateKey, keyId } };
    const tokens = createTokenClient({ client, input: { bearer: true }, scope: options.scope, accept });
    for (const event of ['renewed', 'error', 'request'] as const) tokens.on(event, (detail) => emit(event, detail));
    usedRegistration = { keyId, tokens };
    return tokens;
  }

  async function currentTokens(): Promise<TokenClient> {
    const stored = await load(storageKey);
    // A server may keep the client id when another user registers; the key is always a new one.
    const isUsable = stored && (!usedRegistration || usedRegistration.keyId === stored.keyId);
    if (isUsable) return usedRegistration?.tokens ?? createTokens(stored);
    const about = stored
      ? 'this browser was registered again in another tab: reload the page'
      : 'this browser is not registered, or no longer';
    throw { code: 'signed_out', about };
  }

  async function register(accessToken: string): Promise<void> {
    if (!softwareId) throw { code: 'config_invalid', about: '`softwareId` is missing' };
    if (!accessToken) throw { code: 'config_invalid', about: 'the access token is missing' };
    const { privateKey, publicKey } = await cryptography().subtle.generateKey(KEY_ALGORITHM, false, ['sign', 'verify']);
    const jwks = await publicJwks(publicKey);
    const keyId = String(jwks.keys[0]?.kid);
    // Checks that keys can be stored before the registration, because the registration uses up the access token.
    await save(probeKey, { clientId: '', keyId, privateKey });
    try {
      const { fhirBaseUrl, timeoutSeconds, allowInsecureLoopback } = server;
      const client = await registerClient({
        ...(registrationEndpoint === undefined ? { fhirBaseUrl } : { registrationEndpoint }),
        initialAccessToken: accessToken,
        metadata: { software_id: softwareId, jwks },
        timeoutSeconds,
        allowInsecureLoopback,
      });
      const stored = { clientId: client.clientId, keyId, privateKey };
      ownRegistration = { keyId, client };
      await save(storageKey, stored);
      createTokens(stored);
    } finally {
      await remove(probeKey);
    }
  }

  return Object.freeze<DynamicClient>({
    register: withSmartErrors((accessToken: string) => {
      if (registering && registering.accessToken !== accessToken) {
        throw { code: 'config_invalid', about: 'a registration with another access token is not complete: await it first' };
      }
      registering ??= { accessToken, promise: register(accessToken).finally(() => (registering = undefined)) };
      return registering.promise;
    }),
    isRegistered: withSmartErrors(async () => (await load(storageKey)) !== undefined),
    request: withSmartErrors(async (...args: Parameters<TokenClient['request']>) =>
      (await currentTokens()).request(...args),
    ) as DynamicClient['request'],
    async *pages<T>(...args: Parameters<TokenClient['pages']>) {
      yield* (await withSmartErrors(currentTokens)()).pages<T>(...args);
    },
    create: withSmartErrors(async (...args) => (await currentTokens()).create(...args)) as DynamicClient['create'],
    update: withSmartErrors(async (...args) => (await currentTokens()).update(...args)) as DynamicClient['update'],
    patch: withSmartErrors(async (...args) => (await currentTokens()).patch(...args)) as DynamicClient['patch'],
    delete: withSmartErrors(async (...args) => (await currentTokens()).delete(...args)),
    fetch: withSmartErrors(async (...args) => (await currentTokens()).fetch(...args)),
    getAccessToken: withSmartErrors(async (...args) => (await currentTokens()).getAccessToken(...args)),
    getToken: withSmartErrors(async () => (await currentTokens()).getToken()),
    discover: withSmartErrors(async () => (await currentTokens()).discover()),
    remove: withSmartErrors(async () => {
      // Otherwise a pending registration would store its key after the removal.
      await registering?.promise.catch(() => {});
      const registration = ownRegistration;
      usedRegistration = ownRegistration = undefined;
      const isCurrent = registration && registration.keyId === (await load(storageKey))?.keyId;
      await remove(storageKey);
      // A page that was closed during a registration has left this entry.
      await remove(probeKey);
      if (!isCurrent || registration.client.registrationAccessToken === undefined) return;
      const { timeoutSeconds, allowInsecureLoopback } = server;
      const deletion = deleteClient({ client: registration.client, timeoutSeconds, allowInsecureLoopback });
      // Without its key the registration is useless, so a server that does not delete it is no failure.
      await deletion.catch((error: SmartError) => emit('error', error));
    }),
    on,
  });
}

/** RS384, which a SMART server has to support unless it supports ES384. */
const KEY_ALGORITHM = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-384',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
};
