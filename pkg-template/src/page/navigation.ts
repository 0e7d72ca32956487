// Navigation to the authorization endpoint.

import type { AuthorizationRequest } from './authorization-request.js';

/** An authorization request that is sent as a form. */
export type PostedRequest = Extract<AuthorizationRequest, { method: 'POST' }>;

/**
 * The origin of `redirect_uri`; this page's origin for a pushed or signed request, which does not have that parameter. In a
 * sandboxed iframe with the opaque origin "null" that is the origin of the page's URL.
 */
export function originOf(request: AuthorizationRequest): string {
  const parameters = request.method === 'GET' ? new URL(request.url).searchParams : new Map(request.fields);
  const redirectUri = parameters.get('redirect_uri');
  const { origin } = globalThis;
  return redirectUri ? new URL(redirectUri).origin : origin === 'null' ? location.origin : origin;
}

/**
 * Navigates to an authorization request.
 *
 * @param submit sends the request if its method is POST
 * @returns resolves only if the user comes back by the back button to a page from the back/forward cache; never if `leave` is
 *   called again before that, because this navigation did not happen
 */
export function leave(
  request: AuthorizationRequest,
  submit?: (document: Document, request: PostedRequest) => void,
): Promise<void> {
  latest?.abort();
  const navigation = new AbortController();
  latest = navigation;
  if (request.method === 'GET') {
    location.assign(request.url);
  } else {
    submit?.(document, request);
  }
  return new Promise((resolve) => {
    const onShow = (event: PageTransitionEvent) => {
      if (!event.persisted) return;
      navigation.abort();
      resolve();
    };
    addEventListener('pageshow', onShow, { signal: navigation.signal });
  });
}

/** Aborts the wait of the latest navigation when `leave` is called again: its promise then never resolves. */
let latest: AbortController | undefined;
