// The options of `authorize`.

import type { URL } from '../values/platform.js';

export interface AuthorizeOptions {
  /** FHIR base URL of one of `servers`: the server to sign in to. Not needed with one server, or at a launch URL. */
  iss?: string | URL | undefined;
  /** Launch handle of an EHR launch (opaque text), if it is not in the page's URL. */
  launch?: string | undefined;
  /**
   * Scopes of this sign-in instead of the configured ones, separated by spaces. Sent unchanged, except that `launch` is
   * added to an EHR launch.
   */
  scope?: string | undefined;
  /** Any JSON value: returned as `session.appState` after the sign-in. Stored in the browser, not sent. */
  appState?: unknown | undefined;
  /**
   * Where in this app to go after the sign-in, returned as `session.returnTo`: a path, or a URL of the origin of
   * `redirectUri` such as `location.href`, whose path, query and fragment are used. The parameters of a launch or a
   * callback are removed. Any other value becomes `/`.
   */
  returnTo?: string | URL | undefined;
  /** As {@link SmartServerOptions.authorizeMethod}. */
  authorizeMethod?: 'auto' | 'GET' | 'POST' | 'push' | undefined;
  /** As {@link SmartServerOptions.responseMode}. */
  responseMode?: 'query' | 'fragment' | 'form_post' | undefined;
  /** As {@link SmartServerOptions.authorizationParams}, which these override. */
  authorizationParams?: Readonly<Record<string, string | number | boolean | object>> | undefined;
  /** `false` returns the request instead of navigating to the server. Default `true`. */
  navigate?: boolean | undefined;
  /** The window of the sign-in: this page, which is the default. For other windows see {@link WindowOptions}. */
  target?: 'page' | undefined;
}

/** Options of a sign-in through another window. */
export interface WindowOptions extends Omit<AuthorizeOptions, 'navigate' | 'target'> {
  /** A popup, or a hidden iframe for a silent sign-in. */
  target: 'popup' | 'frame';
}
