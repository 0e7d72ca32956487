// The interface of `createSmartServer`.

import type { Request, Response } from '../values/platform.js';
import type { NodeRequest } from './node-request.js';
import type { RequestHead } from './request-head.js';
import type { ServerSession } from './server-session.js';

export interface SmartServer {
  /** URL of the routes, without a slash at its end. */
  readonly baseUrl: string;

  /**
   * Responds to a request under `baseUrl`. The promise does not reject: failures are responses.
   *
   * `GET launch` (EHR launch), `GET login?returnTo=…&iss=…`, `GET` and `POST callback`, `GET session`, `POST logout`,
   * `GET front-channel-logout`, `GET jwks.json`, `GET request/…` for the SMART server with `requestObject: 'reference'`, and
   * `fhir/…` with `proxy`.
   */
  handle(request: Request): Promise<Response>;

  /** Whether the URL of a request is under `baseUrl`. */
  owns(request: Request | NodeRequest): boolean;

  /**
   * The session whose id is in the request's URL (`smart_session`) or in the header `smart-session`; `null` if there is none, it has
   * ended, or it belongs to another browser.
   *
   * @throws {SmartError} `storage_unavailable`; `origin_not_allowed` for a request that may change something and is not sent by
   * a page of the app.
   */
  session(request: Request | NodeRequest | RequestHead): Promise<ServerSession | null>;
}
