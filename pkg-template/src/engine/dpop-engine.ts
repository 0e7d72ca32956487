// The engine of clients whose tokens are bound to a key (DPoP, RFC 9449): a WebAssembly module with the code for proofs, the
// keys, and the proofs of FHIR requests, which the engine does not send itself.

import { hash, random } from '../../../src/web/env.js';
import {
  deleted,
  forgetProofKey,
  header,
  keyOf,
  proofKey,
  sendProved as send,
  signProof,
  signature,
} from '../../../src/web/proof-keys.js';
import type { Failure } from '../error/failure.js';
import { callNow, can, run as runJob } from './confidential-engine.js';
import type { Environment } from './module.js';

export { can };

export const effects = { proofKey, signProof, forgetProofKey, sendProved: send };

/** Runs a job, and waits until the keys that it deletes are deleted. */
export async function run(job: string, input: { readonly clients?: readonly object[] }, environment: Environment): Promise<unknown> {
  try {
    return await runJob(job, input, environment, true);
  } finally {
    await deleted();
  }
}

/** A request for which a proof is made. */
interface ProvedRequest {
  readonly url: string | URL;
  readonly accessToken: string;
  readonly method?: string | undefined;
  /** A nonce of the server, in place of the last nonce that this page has received from it. */
  readonly nonce?: string | undefined;
}

/** The module's result for the response to a request with a proof (src/protocol/dpop.rs). */
interface ProofOutcome {
  /** The nonce and the clock of the server, to be passed to the module again. */
  readonly known: string;
  /** Why the request is to be repeated: `nonce` or `time`; empty if it is not. */
  readonly again: string;
  /** Whether the server refused the proof. */
  readonly refused: boolean;
}

/** The nonce and the clock of each resource server, as JSON text by origin. In this page's memory only. */
const serverStates = new Map<string, string>();

/** The proof of a request with the key of a token family. */
export async function prove(family: string, { url, accessToken, method = 'GET', nonce }: ProvedRequest): Promise<string> {
  if (typeof accessToken !== 'string' || !URL.canParse(url)) {
    throw { code: 'config_invalid', about: 'a proof needs `accessToken` and an absolute `url`' } satisfies Failure;
  }
  const familyKey = await keyOf(family).catch((cause) => {
    throw { code: 'dpop_unavailable', cause } satisfies Failure;
  });
  if (!familyKey) throw { code: 'dpop_key_lost' } satisfies Failure;
  const stored = serverStates.get(new URL(url).origin) ?? '{}';
  // `Headers.get` returns `null` if there is no nonce.
  const serverState = nonce == null ? stored : JSON.stringify({ ...JSON.parse(stored), nonce });
  const request = { method: method.toUpperCase(), url: String(url), hash: await hash('256', accessToken), id: random(), now: Date.now() };
  // The module is of the same version, so its result has this type.
  const text = callNow({ job: 'proof', key: JSON.stringify(familyKey.jwk), known: serverState, ...request }) as string;
  return `${text}.${await signature(familyKey, text)}`;
}

/**
 * Sends a FHIR request with `send`, which adds the proof. A `repeatable` request is sent once more with the nonce that the
 * server asks for, and once more with the time of the server's clock. `isRefused` is `true` if the server refused the proof:
 * another access token would not help.
 */
export async function sendProved(
  family: string,
  send: (proof: string) => Promise<Response>,
  request: ProvedRequest,
  repeatable: boolean,
): Promise<{ response: Response; isRefused: boolean }> {
  for (const triedReasons: string[] = []; ; ) {
    const response = await send(await prove(family, request));
    const { again, refused } = storeServerState(String(request.url), response);
    if (!again || !repeatable || triedReasons.includes(again)) return { response, isRefused: refused };
    triedReasons.push(again);
  }
}

/** Stores the nonce and the clock of a response. Returns whether to repeat its request, and whether the proof was refused. */
function storeServerState(url: string, response: Response): Pick<ProofOutcome, 'again' | 'refused'> {
  const { origin } = new URL(url);
  const [dpopNonce, authenticate] = [header(response, 'dpop-nonce'), header(response, 'www-authenticate')];
  if (!dpopNonce && !authenticate) return { again: '', refused: false };
  const date = Date.parse(header(response, 'date')) || null;
  const responseData = { status: response.status, dpopNonce, authenticate, date };
  const known = serverStates.get(origin) ?? '';
  // The module is of the same version, so its result has this type.
  const outcome = callNow({ job: 'proved', known, response: responseData, now: Date.now() }) as ProofOutcome;
  serverStates.set(origin, outcome.known);
  return outcome;
}
