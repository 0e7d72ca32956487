// The error of an engine that was not loaded.

import { SmartError } from '../error/smart-error.js';

/** Throws an error that includes its texts, since the chunk with the texts of errors may not load either. */
export function throwNotLoaded(cause: unknown): never {
  const hint = 'Try again; if a new version of the app was deployed, reload the page.';
  const userMessage = 'Something could not be loaded. Check the connection and try again.';
  const others = { hint, fault: 'network', userMessage, retryable: true } as const;
  const members = { code: 'wasm_unavailable', message: 'the engine was not loaded', ...others } as const;
  throw new SmartError(members, cause);
}
