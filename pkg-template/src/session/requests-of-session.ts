// Calls whose results are returned only while their session lasts.

import type { SmartError } from '../error/smart-error.js';
import { discard } from '../values/discard.js';
import type { FhirAccess } from './fhir-access.js';
import type { Exchange } from './fhir-exchange.js';
import type { Fetch } from './fhir-fetch.js';
import type { MakeError } from './request-errors.js';

type SessionAccess = Pick<FhirAccess, 'signIn' | 'settled'>;

/** Wraps a call so that it rejects with `signed_out` if the session ends, or there is another sign-in, before its result. */
export function resultOfSession<Args extends readonly unknown[], T>(
  call: (...args: Args) => Promise<T>,
  access: SessionAccess,
  smartError: MakeError,
): (...args: Args) => Promise<T> {
  return async (...args) => {
    const isOver = endOf(access);
    const result = await call(...args);
    if (await isOver()) throw await smartError({ code: 'signed_out' });
    return result;
  };
}

/** Wraps an exchange in the same way. */
export function exchangeOfSession(exchange: Exchange, access: SessionAccess, smartError: MakeError): Exchange {
  return async (...request) => {
    const isOver = endOf(access);
    const result = await exchange(...request).catch(async (error: SmartError) => {
      // Only `http_status` contains the body of the response.
      if (error.code !== 'http_status' || hasEndedBy(error.status, access) || !(await isOver())) throw error;
    });
    if (!result || (await isOver())) throw await smartError({ code: 'signed_out' });
    return result;
  };
}

/** Wraps `fetch` of a client in the same way. What the app reads from the response later is not checked. */
export function fetchOfSession(smartFetch: Fetch, access: SessionAccess, smartError: MakeError): Fetch {
  return async (...request) => {
    const isOver = endOf(access);
    const response = await smartFetch(...request);
    if (hasEndedBy(response.status, access) || !(await isOver())) return response;
    discard(response.body);
    throw await smartError({ code: 'signed_out' });
  };
}

/** Whether the status of a response may be the reason why there is no session any more. */
const hasEndedBy = (status: number | undefined, { signIn }: SessionAccess) => status === 401 && signIn() === null;

/** A function that returns whether the session of a call that begins now has ended, or another one has replaced it. */
function endOf({ signIn, settled }: SessionAccess): () => Promise<boolean> {
  // The call waits for a sign-in that is in progress, unless it is aborted.
  const signInOfCall = Promise.resolve(settled?.()).catch(() => {}).then(() => signIn());
  return async () => {
    const before = await signInOfCall;
    return before !== undefined && signIn() !== before;
  };
}
