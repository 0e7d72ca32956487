// Requests whose responses are returned only while their session lasts.

import type { SmartError } from '../error/smart-error.js';
import type { FhirAccess } from './fhir-access.js';
import type { Exchange } from './fhir-exchange.js';
import type { MakeError } from './request-errors.js';

/**
 * Wraps an exchange so that it rejects with `signed_out` if the session ends, or there is another sign-in, before the response.
 */
export function exchangeOfSession(
  exchange: Exchange,
  { signIn, settled }: Pick<FhirAccess, 'signIn' | 'settled'>,
  smartError: MakeError,
): Exchange {
  return async (...request) => {
    // The request waits for a sign-in that is in progress, unless it is aborted.
    const owner = Promise.resolve(settled?.()).catch(() => {}).then(() => signIn());
    const isOver = async () => {
      const signInOfRequest = await owner;
      return signInOfRequest !== undefined && signIn() !== signInOfRequest;
    };
    const result = await exchange(...request).catch(async (error: SmartError) => {
      // Only `http_status` contains the body of the response. The status 401 may be the reason why the session has ended.
      if (error.code !== 'http_status' || error.status === 401 || !(await isOver())) throw error;
    });
    if (!result || (await isOver())) throw await smartError({ code: 'signed_out' });
    return result;
  };
}
