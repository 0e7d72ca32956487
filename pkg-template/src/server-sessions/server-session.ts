// The interface of a session of `createSmartServer`.

import type { AccessTokenOptions } from '../session/access-token-options.js';
import type { FhirCalls } from '../session/fhir-calls.js';
import type { SmartFetchInit, SmartRequestInit } from '../session/fhir-request-options.js';
import type { IntrospectionResponse, IntrospectOptions } from '../session/introspection.js';
import type { SmartSession } from '../session/smart-session.js';
import type { UserInfo } from '../session/user-info.js';
import type { Request, Response, URL } from '../values/platform.js';

/**
 * A session of one browser and one launch. Its data is a snapshot; its calls use the session as it is stored, and refresh the
 * tokens if necessary.
 */
export interface ServerSession extends SmartSession, FhirCalls {
  /** The session's id. The browser sends it in the URL (`smart_session`) or in the header `smart-session`. */
  readonly id: string;
  /** Calls the FHIR API and reads its JSON, like {@link SmartClient.request}. */
  request<T = unknown>(url: string | URL, init?: SmartRequestInit): Promise<T>;
  /**
   * `fetch` with the access token, only for URLs under the FHIR base or a location in {@link SmartSession.authorizationDetails},
   * like {@link SmartClient.fetch}.
   */
  fetch(input: string | URL | Request, init?: SmartFetchInit): Promise<Response>;
  /** Returns an access token that is valid now, like {@link SmartClient.getAccessToken}. Do not pass it to a page. */
  getAccessToken(options?: AccessTokenOptions): Promise<string>;
  /** Claims of the user from the UserInfo endpoint. */
  userInfo(): Promise<UserInfo>;
  /** Introspects a token, like {@link SmartClient.introspect}. */
  introspect(options?: IntrospectOptions): Promise<IntrospectionResponse>;
}
