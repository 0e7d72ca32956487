// Errors of FHIR requests.

import { isLate } from '../error/abort.js';
import type { smartError } from '../error/create-error.js';
import type { SmartErrorCode } from '../error/smart-error-code.js';

/** The type of `smartError`, which creates an error from the description of a failure. */
export type MakeError = typeof smartError;

/** Members of errors and events that name a request. */
export const requestMembers = (url: string) => ({ purpose: 'fhir', url: url.split(/[?#]/)[0] as string }) as const;

/** Describes the failure of a request whose response is missing or incomplete. */
export function missingResponse(cause: unknown, { signal }: { readonly signal?: AbortSignal | null | undefined }) {
  const reason = signal?.aborted ? signal.reason : cause;
  const code: SmartErrorCode = isLate(reason) ? 'timeout' : signal?.aborted ? 'aborted' : 'network';
  return { code, retryable: code !== 'aborted', cause };
}

/** Describes the failure of a request whose arguments the platform refuses. */
export const refusal = (cause: unknown) => ({
  code: 'config_invalid',
  // Any value may be thrown.
  about: `not a request: ${(cause as Partial<Error> | undefined)?.message ?? 'it was refused'}`,
  cause,
});

/** Creates the error of such a failure. */
export const invalid = (cause: unknown, smartError: MakeError) => smartError(refusal(cause));
