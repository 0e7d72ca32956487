// Runs a building block in the WebAssembly module.

import { preload } from '../engine/preload.js';
import { withChunk } from '../error/create-error.js';
import type { SmartWarningCode } from '../error/smart-warning.js';
import type { AuthorizationRequest } from '../page/authorization-request.js';
import type { EngineServer } from '../server/engine-server.js';
import type { SmartTokens } from './smart-tokens.js';
import { TOKEN_REQUEST } from './token-request.js';
import type { TokenRequest } from './token-request.js';

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

/** Loads the engine once, and this part of it in parallel. Without this cache, most blocks would take 1.5 times as long. */
export function load(part: 'blocks' | 'inquiries'): NonNullable<typeof engine> {
  if (!engine) {
    preload(part);
    engine = import('../engine/engine.js');
    engine.catch(() => (engine = undefined));
  }
  return engine;
}

export function run<Name extends keyof Outcomes>(name: Name, input: object = {}): Promise<Outcomes[Name]> {
  // Read before the chunk is loaded: the error for a getter that throws is then `config_invalid`, not `internal`.
  const members = { ...input };
  // The engine is of the same version as this file, so its results have these types.
  return withChunk(load('blocks'), ({ block }) => block(name, members) as Promise<Outcomes[Name]>);
}

type FormBlock = 'codeTokenRequest' | 'refreshTokenRequest' | 'pushedRequest';

export async function formRequest(name: FormBlock, input: object): Promise<TokenRequest> {
  const { url, body } = await run(name, input);
  return { url, init: { ...TOKEN_REQUEST, body } };
}
