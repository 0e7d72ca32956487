// `createConfidentialClient`: the client of an app with a user, with a WebAssembly module that authenticates the client.

import { createSmartClient } from '../client/create-client.js';
import type { SmartClientOptions } from '../client/options.js';
import type { ReadyOptions } from '../client/ready-options.js';
import type { SmartClient } from '../client/smart-client.js';
import { withSmartErrors } from '../error/create-error.js';
import type { Failure } from '../error/failure.js';
import type { SmartError } from '../error/smart-error.js';
import { pagePlace } from '../page/address.js';
import { takeCallback } from '../page/callback-url.js';
import type { ClientSettings } from '../page/client-settings.js';
import { takeSignedCallback } from '../page/signed-callback.js';
import { plain } from '../values/plain.js';
import type { ConfidentialClientOptions } from './confidential-options.js';

/**
 * Creates a client like `createSmartClient` that authenticates at the server (SMART App Launch 2.2, "Client Authentication"):
 * for token requests, including refreshes; for pushed authorization requests; for revocation; and for introspection with
 * `authorizedBy: 'client_id'`.
 *
 * @example
 * const smart = createConfidentialClient({
 *   fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'portal', scope: 'launch patient/*.rs', storage: 'memory',
 *   redirectUri: 'https://app.example/back', clientAuth: { key: privateKeyPem, keyId: '2026-11' },
 * });
 */
export function createConfidentialClient(options: ConfidentialClientOptions): SmartClient {
  /** A signed response that was removed from the URL, while it is processed. */
  let signedCallback: string | undefined;
  /** A signed response that could not be verified, because the request for the server's keys failed. The next call uses it. */
  let unverifiedCallback: string | undefined;

  // The engine of confidential clients accepts more options than the type of public clients has.
  const client = createSmartClient(options as SmartClientOptions, {
    loadEngine: () => import('../engine/confidential-engine.js'),
    take(clients) {
      signedCallback = takeSignedCallback(clients) ?? unverifiedCallback;
      unverifiedCallback = undefined;
      return signedCallback ?? takeCallback(clients);
    },
  });

  function ready(readyOptions?: ReadyOptions): ReturnType<SmartClient['ready']> {
    const promise = client.ready(readyOptions);
    const onSettled = ({ purpose }: Partial<SmartError> = {}) => {
      if (purpose === 'jwks') unverifiedCallback ??= signedCallback;
      signedCallback = undefined;
    };
    promise.then(() => onSettled(), onSettled);
    return promise;
  }

  /** Refuses `form_post.jwt` in other windows: the page there cannot pass such a response on, because it is not in a URL. */
  function authorize(authorizeOptions: { target?: unknown; responseMode?: unknown } = {}): Promise<unknown> {
    const isPossible = resultOrUndefined(() => {
      const { target = 'page', responseMode } = authorizeOptions;
      const modes = responseMode === undefined ? clientsOf(options).map((client) => client.responseMode) : [responseMode];
      return target === 'page' || !modes.includes('form_post.jwt');
    });
    if (isPossible !== false) return client.authorize(authorizeOptions as object);
    const about = '`responseMode` `form_post.jwt` is not possible in a popup or an iframe';
    return withSmartErrors(() => Promise.reject({ code: 'config_invalid', about } satisfies Failure))();
  }

  // The overloads of `authorize` state the result for each option.
  return Object.freeze<SmartClient>({ ...client, ready, authorize: authorize as SmartClient['authorize'] });
}

/** The settings of each server, as one flat object. */
function clientsOf(options: ConfidentialClientOptions): ClientSettings[] {
  const { servers = [{}], ...shared } = options as { servers?: object[] };
  return servers.map((server) => plain({ redirectUri: pagePlace(), ...plain(shared), ...plain(server) }) as ClientSettings);
}

/** The result of `read`; nothing if options or arguments are invalid, which the client reports. */
function resultOrUndefined<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
