// Leaving the page for an authorization request.

import type { AuthorizationRequest } from './authorization-request.js';

/** An authorization request that is sent as a form. */
export type PostedRequest = Extract<AuthorizationRequest, { method: 'POST' }>;

/** Where the answer to an authorization request comes to. */
export function originOf(request: AuthorizationRequest): string {
  const parameters = request.method === 'GET' ? new URL(request.url).searchParams : new Map(request.fields);
  return new URL(parameters.get('redirect_uri') ?? '').origin;
}

/**
 * Sends the browser to an authorization request.
 *
 * @param submit posts it, where that is its method
 * @returns resolves only when the user comes back by the back button, to a page that was kept; never if it is called again
 *   before, because the navigation did not happen
 */
export function leave(
  request: AuthorizationRequest,
  submit?: (document: Document, request: PostedRequest) => void,
): Promise<void> {
  left?.abort();
  const leaving = new AbortController();
  left = leaving;
  if (request.method === 'GET') {
    location.assign(request.url);
  } else {
    submit?.(document, request);
  }
  return new Promise((resolve) => {
    const onShow = (event: PageTransitionEvent) => {
      if (!event.persisted) return;
      leaving.abort();
      resolve();
    };
    addEventListener('pageshow', onShow, { signal: leaving.signal });
  });
}

/** The sign-in that the page was left for last: one before it, whose navigation did not happen, waits for nothing. */
let left: AbortController | undefined;
