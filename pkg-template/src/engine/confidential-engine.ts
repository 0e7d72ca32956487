// The WebAssembly module of confidential clients, which contains all jobs.

import { createGlue, instantiate } from 'smart-launch-confidential-wasm';
import { EFFECTS, Env } from '../../../src/web/env.js';
import { sendJson } from '../../../src/web/json-request.js';
import { credentials, isInPage, publicJwk, secretInPage, sign } from '../../../src/web/signing.js';
import type { Failure } from '../error/failure.js';
import { createModule, readOutcome, textOf } from './module.js';
import type { Environment } from './module.js';

export { isInPage, publicJwk };

const engine = createModule({ createGlue, instantiate }, 'core');

/** Effects of this module. Callers of `run` add these effects to their own. */
export const effects = { credentials, sendJson, sign };

/** Options of a client. */
interface ClientOptions {
  readonly clientAuth?: unknown;
  readonly dpop?: unknown;
}

/** An environment with the credentials of the clients of its flow, in the order of the clients. */
interface WithCredentials extends Environment {
  clientAuth?: unknown[];
}

/**
 * Runs a job. The settings have an index in place of each client's credentials; the module asks for the credentials before each
 * request.
 *
 * @param binds whether tokens may be bound to a key: only with the effects of dpop-engine.ts
 */
export async function run(
  job: string,
  input: { readonly clients?: readonly ClientOptions[]; readonly options?: object },
  environment: WithCredentials,
  binds = false,
): Promise<unknown> {
  const clients = input.clients ?? [];
  if (!binds && clients.some(({ dpop }) => dpop !== undefined)) {
    throw { code: 'config_invalid', about: 'setting `dpop` is for `createSmartClient` of `smart-launch/dpop`' } satisfies Failure;
  }
  environment.clientAuth = clients.map(({ clientAuth }) => clientAuth);
  const namedClients = clients.map(nameCredentials);
  return engine.flow(['core'], environment, textOf({ ...input, job, clients: namedClients }));
}

/** Creates a request with the authentication of a client. */
export const block = (block: string, input: ClientOptions): Promise<AuthenticatedRequest> =>
  // The module is of the same version, so its result has this type.
  runAlone({ job: 'clientBlock', block }, input) as Promise<AuthenticatedRequest>;

/** Signs an authorization request. */
export const requestObject = (input: ClientOptions): Promise<SignedRequest> =>
  runAlone({ job: 'requestObject' }, input) as Promise<SignedRequest>;

/** Runs a job that needs no settings but the credentials of one client. */
async function runAlone(job: object, input: ClientOptions): Promise<unknown> {
  const environment: WithCredentials = Object.assign(new Env(), { clientAuth: [input.clientAuth] });
  Object.assign(EFFECTS, effects);
  return engine.flow(['core'], environment, textOf({ ...job, options: nameCredentials(input, 0) }));
}

/** An authorization request as a signed token (RFC 9101). */
export interface SignedRequest {
  readonly requestObject: string;
  readonly url: string;
}

export interface AuthenticatedRequest {
  readonly url: string;
  readonly body: string;
  /** The header of HTTP Basic. */
  readonly authorization?: string;
}

/** Runs a job that has no effects. The module must have been started before. */
export const callNow = (input: object): unknown =>
  readOutcome(engine.runNow((glue) => glue.call('core', undefined, JSON.stringify(input))));

/** Whether the granted scopes cover the needed ones. */
export const can = (granted: string, needed: string): boolean => callNow({ job: 'can', granted, needed }) === true;

/** Replaces the credentials by their index. Throws if they are a secret that must not be in a page. */
function nameCredentials(client: ClientOptions, index: number): object {
  if (client.clientAuth === undefined) return client;
  const about = secretInPage(client.clientAuth);
  if (about) throw { code: 'config_invalid', about } satisfies Failure;
  return { ...client, clientAuth: String(index) };
}
