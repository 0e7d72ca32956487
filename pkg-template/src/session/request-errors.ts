// Errors of FHIR requests.

import { isLate } from '../error/abort.js';
import type { smartError } from '../error/create-error.js';
import type { SmartErrorCode } from '../error/smart-error-code.js';

/** Creates the error of a failure. */
export type MakeError = typeof smartError;

/** Members of errors and events that name a request. */
export const requestMembers = (url: string) => ({ purpose: 'fhir', url: url.split(/[?#]/)[0] as string }) as const;

/** The error of a missing or incomplete response. */
export function missingResponse(cause: unknown, { signal }: { readonly signal?: AbortSignal | null | undefined }) {
  const reason = signal?.aborted ? signal.reason : cause;
  const code: SmartErrorCode = isLate(reason) ? 'timeout' : signal?.aborted ? 'aborted' : 'network';
  return { code, retryable: code !== 'aborted', cause };
}

/** The error of arguments that the platform refuses. */
export const refusal = (cause: unknown) => ({
  code: 'config_invalid',
  // Any value may be thrown.
  about: `not a request: ${(cause as Partial<Error> | undefined)?.message ?? 'it was refused'}`,
  cause,
});

/** Creates the error of arguments that the platform refuses. */
export const invalid = (cause: unknown, smartError: MakeError) => smartError(refusal(cause));
