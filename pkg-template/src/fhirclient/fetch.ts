// The platform's `fetch`, whose failures are errors of this library.

import { SmartError } from '../error/smart-error.js';

export async function fetchResponse(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    const message = 'no response to the request';
    throw new SmartError({ code: 'network', message, hint: 'Try again later.', fault: 'network', retryable: true }, cause);
  }
}
