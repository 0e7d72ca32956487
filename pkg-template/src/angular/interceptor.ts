// The HTTP interceptor `smartInterceptor`.

import { catchError, defer, map, switchMap, throwError } from 'rxjs';
import { signInOf } from '../client/sign-in.js';
import { signedOut } from '../bindings/state.js';
import { SmartError } from '../error/smart-error.js';
import { restOf } from '../values/url-rest.js';
import { provided } from './provide.js';
import type { HttpErrorResponse, HttpInterceptorFn, HttpRequest } from '@angular/common/http';
import type { AnyClient, AnySession } from '../bindings/any-client.js';
import type { DpopSmartClient } from '../dpop/dpop-client.js';

/**
 * An interceptor for `provideHttpClient(withInterceptors([smartInterceptor]))`: requests of `HttpClient` under the session's FHIR
 * base get the access token, which the client refreshes before it expires; with a client of `smart-launch/dpop` they also get a
 * proof. Other requests, and all requests without a session, are sent unchanged. If a response arrives after its session has
 * ended, the request fails with `signed_out`.
 *
 * Unlike {@link SmartClient.request}, the interceptor does not refresh the token after a 401 response, and does not refuse
 * redirects. If the tokens are in a worker or on a server, requests under the FHIR base fail with `config_invalid`: use
 * `request` of that client.
 *
 * @example
 * import { provideHttpClient, withInterceptors } from '@angular/common/http';
 * import { smartInterceptor } from 'smart-launch/angular';
 *
 * export const http = provideHttpClient(withInterceptors([smartInterceptor]));
 */
export const smartInterceptor: HttpInterceptorFn = (request, next) => {
  const { client } = provided();
  const { session } = client.getState();
  if (!session || !isUnder(session.serverUrl, request.urlWithParams)) return next(request);
  const signIn = signInOf(client);
  /** Returns the value, or throws if there was another sign-in or the session has ended. */
  const ofSession = <T>(value: T): T => {
    if (signInOf(client) !== signIn) throw signedOut();
    return value;
  };
  /** Rethrows an error, or throws `signed_out`: an error response may contain data of the previous session's patient. */
  const failed = (error: unknown) => throwError(() => ofSession(error));
  const send = (nonce?: string) =>
    defer(() => headersOf(client, session, request, nonce)).pipe(
      switchMap((setHeaders) => next(ofSession(request.clone({ setHeaders }))).pipe(catchError(failed))),
      map(ofSession),
    );
  return send().pipe(
    catchError((error: Partial<HttpErrorResponse>) => {
      const nonce = isBound(client, session) && error.status === 401 ? error.headers?.get('dpop-nonce') : undefined;
      // A server that requires a nonce in the proof has not processed the request (RFC 9449 §9), so the request can be repeated.
      return nonce ? send(nonce) : throwError(() => error);
    }),
  );
};

async function headersOf(client: AnyClient, session: AnySession, { method, urlWithParams }: HttpRequest<unknown>, nonce?: string) {
  if (!('getAccessToken' in client)) throw new SmartError(NO_TOKEN);
  const accessToken = await client.getAccessToken();
  if (!isBound(client, session)) return { Authorization: `Bearer ${accessToken}` };
  const url = new URL(urlWithParams, document.baseURI);
  return { Authorization: `DPoP ${accessToken}`, DPoP: await client.createProof({ accessToken, url, method, nonce }) };
}

/** Whether the tokens are bound to a key, so that requests need a proof. */
const isBound = (client: AnyClient, session: AnySession): client is DpopSmartClient =>
  'createProof' in client && 'tokenResponse' in session && session.tokenResponse.token_type.toLowerCase() === 'dpop';

/**
 * Whether a URL is under the FHIR base, also for a server that decodes the path before it resolves dot segments. The rule is that
 * of {@link SmartClient.fetch}, in src/protocol/resource.rs.
 */
function isUnder(base: string, address: string): boolean {
  const [path = ''] = address.split(/[?#]/, 1);
  const url = URL.canParse(address, document.baseURI) ? new URL(address, document.baseURI) : undefined;
  const isPlain = /^[!#-&(-[\]-_a-~]*$/.test(path) && !/%2f|%5c|%2e|\.\.;/i.test(url?.pathname ?? '');
  return isPlain && url !== undefined && !url.username && !url.password && restOf(url, base) !== undefined;
}

const NO_TOKEN = {
  code: 'config_invalid',
  message: 'the page has no access token',
  hint: 'Use `request` or `fetch` of the client in place of `HttpClient`.',
} as const;
