// The public interface of the fake client.

import type { SmartClient } from '../client/smart-client.js';
import type { SmartErrorCode } from '../error/smart-error-code.js';
import type { SmartError } from '../error/smart-error.js';
import type { SmartSession } from '../session/smart-session.js';
import type { Request, Response } from '../values/platform.js';
import type { FakeSession } from './session.js';

export interface FakeSmartClientOptions {
  /**
   * Members of the session that `ready()` restores; all other members have defaults. `null`: no user is signed in. Default: a
   * session of the patient `1`.
   */
  session?: FakeSession | null | undefined;
  /** Responses to `request()` and `fetch()`. Default: one Patient with the id `1`. */
  resources?: FakeResources | undefined;
}

/**
 * A {@link SmartClient} for tests. It differs from a real client: `authorize()` does not leave the page, but signs the user in and
 * resolves to the session, or with `navigate: false` to a request; `ready({ callback })` signs in with any callback; no token
 * expires by itself.
 */
export interface FakeSmartClient extends SmartClient {
  /** Signs a user in, as a completed sign-in does. Default: the `session` of the options. */
  signIn(session?: FakeSession): SmartSession;
  /**
   * Ends the session because the access token has expired: the state has the error `session_expired`, and the events `signedOut`
   * and `error` are emitted.
   */
  expire(): void;
  /**
   * The next `ready()`, `authorize()`, `request()` or other call that may send a request rejects with this error, and the session
   * does not end; `logout()` ends it, and resolves with the error as `error`.
   *
   * @example
   * const smart = createFakeSmartClient();
   * smart.failNext('network');
   * smart.ready().catch(() => smart.getState().status === 'error');
   */
  failNext(error: SmartError | SmartErrorCode): void;
}

/** A FHIR resource. */
export type FakeResource =
  | { readonly resourceType: string; readonly id?: string | undefined }
  | { readonly resourceType: string; readonly id?: string | undefined; readonly [member: string]: unknown };

/** A response, a resource that is sent with status 200, or `undefined` for a response with status 404. */
type Answer = Response | object | undefined;

/**
 * Resources, or a function that responds to a request.
 *
 * A list responds to `GET Patient/1` with the resource, and to `GET Observation?…` with a Bundle of all its resources of
 * that type: it does not evaluate search parameters. All other requests get the status 404 and an OperationOutcome.
 */
export type FakeResources = readonly FakeResource[] | ((request: Request) => Answer | Promise<Answer>);
