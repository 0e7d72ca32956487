// Registration of a client, and management of the registration.

import { EFFECTS, Env } from '../../../src/web/env.js';
import { withSmartErrors, warnings, withChunk } from '../error/create-error.js';
import type { SmartWarningCode } from '../error/smart-warning.js';
import { deepFreeze } from '../values/freeze.js';
import { plain } from '../values/plain.js';
import type {
  ManagedClientOptions,
  RegisterClientOptions,
  RegisteredClient,
  UpdateClientOptions,
} from './registered-client.js';

/** A client from the WebAssembly module (src/protocol/registered_client.rs). */
type EngineClient = Omit<RegisteredClient, 'warnings'> & { readonly warnings?: readonly SmartWarningCode[] };

/**
 * Registers a client (RFC 7591).
 *
 * @throws {SmartError} `registration_refused` with the server's reason in `oauth`, `registration_response_invalid`,
 * `discovery_invalid`, `config_invalid`, `endpoint_scheme`, `network`, `timeout`, `redirected`, `body_too_large`, `content_type`,
 * `json_invalid`, `http_status`
 * @example
 * const client = await registerClient({
 *   fhirBaseUrl: 'https://ehr.example/fhir',
 *   metadata: { client_name: 'Growth chart', redirect_uris: ['https://app.example/'], token_endpoint_auth_method: 'none' },
 * });
 */
export function registerClient(options: RegisterClientOptions): Promise<RegisteredClient> {
  return withSmartErrors(() => requestClient('registerClient', options))();
}

/**
 * Reads a registration (RFC 7592 §2.1). Store the result in place of `client`.
 *
 * @throws {SmartError} As {@link registerClient}.
 * @example
 * const current = await readClient({ client });
 */
export function readClient(options: ManagedClientOptions): Promise<RegisteredClient> {
  return withSmartErrors(() => requestClient('readClient', managementOptions(options)))();
}

/**
 * Changes a registration (RFC 7592 §2.2). Store the result in place of `client`.
 *
 * @throws {SmartError} As {@link registerClient}.
 * @example
 * client = await updateClient({ client, metadata: { redirect_uris: ['https://app.example/', 'https://app.example/new'] } });
 */
export function updateClient(options: UpdateClientOptions): Promise<RegisteredClient> {
  return withSmartErrors(() => requestClient('updateClient', managementOptions(options)))();
}

/**
 * Deletes a registration (RFC 7592 §2.3).
 *
 * @throws {SmartError} As {@link registerClient}.
 * @example
 * await deleteClient({ client });
 */
export function deleteClient(options: ManagedClientOptions): Promise<void> {
  return withSmartErrors(async () => void (await run('deleteClient', managementOptions(options))))();
}

async function requestClient(job: string, options: object): Promise<RegisteredClient> {
  // The module is of the same version, so its result has this type.
  const { warnings: codes, ...client } = (await run(job, options)) as EngineClient;
  return deepFreeze({ ...client, warnings: await warnings(codes) });
}

const run = (job: string, options: object): Promise<unknown> =>
  withChunk(import('../engine/confidential-engine.js'), (chunk) => {
    Object.assign(EFFECTS, chunk.effects);
    return chunk.run(job, { options: plain(options) }, new Env());
  });

/** The options, with only those members of the client that requests need. */
function managementOptions<Options extends ManagedClientOptions>(options: Options): object {
  const { clientId, clientSecret, clientSecretExpiresAt, registrationClientUri, registrationAccessToken, metadata } =
    options.client;
  if (registrationClientUri === undefined || registrationAccessToken === undefined) {
    const about = '`client` has no `registrationClientUri` and `registrationAccessToken`: the server does not support management';
    throw { code: 'config_invalid', about };
  }
  const client = { clientId, clientSecret, clientSecretExpiresAt, registrationClientUri, registrationAccessToken, metadata };
  return { ...options, client };
}
