// The options of `authorize`.

import type { URL } from '../values/platform.js';

export interface AuthorizeOptions {
  /** Which of `servers` to sign in to: its FHIR base URL. Not needed for one server or at a launch URL. */
  iss?: string | URL | undefined;
  /** Opaque launch handle of an EHR launch, where it is not read from the page's URL. */
  launch?: string | undefined;
  /** Scopes of this sign-in instead of the configured ones, sent as written; `launch` is added to an EHR launch without it. */
  scope?: string | undefined;
  /** Anything JSON: given back as `session.appState` after the sign-in. Kept here, not sent. */
  appState?: unknown | undefined;
  /**
   * Where in this app to go after the sign-in, given back as `session.returnTo`: a path, or a URL of the origin of
   * `redirectUri` such as `location.href`, of which the path is kept. The parameters of a launch or a callback are left out.
   * Anything else becomes `/`.
   */
  returnTo?: string | URL | undefined;
  /** As {@link SmartServerOptions.authorizeMethod}. */
  authorizeMethod?: 'auto' | 'GET' | 'POST' | undefined;
  /** As {@link SmartServerOptions.responseMode}. */
  responseMode?: 'query' | 'fragment' | 'form_post' | undefined;
  /** As {@link SmartServerOptions.authorizationParams}; these win. */
  authorizationParams?: Readonly<Record<string, string | number | boolean | object>> | undefined;
  /** `false` gives the request instead of leaving the page. */
  navigate?: boolean | undefined;
  /** Where to sign in: here, by leaving the page. Other windows are in {@link WindowOptions}. */
  target?: 'page' | undefined;
}

/** Signing in through another window. */
export interface WindowOptions extends Omit<AuthorizeOptions, 'navigate' | 'target'> {
  /** A popup, or a hidden frame for signing in silently. */
  target: 'popup' | 'frame';
}
