// Options of `authorize` and `ready`, and the check that refuses some of them.

import { refusal } from './refusal.js';

export interface AuthorizeParams {
  clientId?: string | undefined;
  /** The same as `clientId`. */
  client_id?: string | undefined;
  scope?: string | undefined;
  /** Relative to the page's URL. Default: the page's directory. */
  redirectUri?: string | undefined;
  /** The same as `redirectUri`. */
  redirect_uri?: string | undefined;
  /** FHIR base URL of the server to sign in to, and the only one that may launch the app. */
  iss?: string | undefined;
  /**
   * Servers that may launch the app: one URL, a pattern or a function. All servers that match are trusted equally; a
   * pattern that does not determine the host is refused.
   */
  issMatch?: string | RegExp | ((iss: string) => boolean) | undefined;
  /**
   * DANGER: sign in to any server that a launch URL names. Anyone can make such a URL, and a malicious server can have
   * the user sign in at another server and obtain the code. For development. Default `false`.
   */
  dangerouslyAllowAnyIss?: boolean | undefined;
  /** Launch handle, if it is not in the page's URL. */
  launch?: string | undefined;
  /** `authorize` resolves to the URL instead of navigating to it. */
  noRedirect?: boolean | undefined;
  /** `popup` and `_blank` sign in through a popup; then this window navigates to `redirectUri`. */
  target?: WindowTarget | undefined;
  /** Ignored: the popup has a fixed size. */
  width?: number | undefined;
  height?: number | undefined;
  /** Only `true` without a popup and `false` with one are accepted: the app continues in this window. */
  completeInTarget?: boolean | undefined;
  /** S256 is always sent; `unsafeV1` accepts a server whose metadata does not list S256. `disabled` is refused. */
  pkceMode?: PkceMode | undefined;
  /** Refused: a page cannot keep a secret. */
  clientSecret?: undefined;
  clientPrivateJwk?: undefined;
  clientPublicKeySetUrl?: undefined;
  /** Refused: for a server without sign-in use {@link client}. */
  fhirServiceUrl?: undefined;
  fakeTokenResponse?: undefined;
  patientId?: undefined;
  encounterId?: undefined;
  /** Refused: the library creates `state` itself. */
  stateKey?: undefined;
  /** Refused: the library reads the metadata itself. */
  wellKnownRequestOptions?: undefined;
  conformanceRequestOptions?: undefined;
}

export interface ReadyOptions {
  /** The code of a callback that is not in the page's URL. */
  code?: string | undefined;
  /** The `state` of that callback. */
  stateKey?: string | undefined;
  privateKey?: undefined;
  clientPublicKeySetUrl?: undefined;
}

export type PkceMode = 'ifSupported' | 'required' | 'unsafeV1';
export type codeChallengeMethod = 'S256';
export type WindowTarget = '_self' | 'popup' | '_blank';

const PUBLIC_HINT = 'This is a public client: a page keeps no secret. Remove it, and register the app as public.';
const OPEN_SERVER_HINT = 'For a server without sign-in use `FHIR.client({ serverUrl, tokenResponse: { patient } })`.';
const STATE_HINT = 'Remove it: the library creates `state` itself, from 256 random bits.';
const METADATA_HINT = 'Remove it: the library reads the metadata itself.';

const REFUSED_IN_PAGES = {
  clientSecret: PUBLIC_HINT,
  clientPrivateJwk: PUBLIC_HINT,
  clientPublicKeySetUrl: PUBLIC_HINT,
  privateKey: PUBLIC_HINT,
};

const REFUSED_BY_AUTHORIZE = {
  ...REFUSED_IN_PAGES,
  fakeTokenResponse: OPEN_SERVER_HINT,
  fhirServiceUrl: OPEN_SERVER_HINT,
  patientId: OPEN_SERVER_HINT,
  encounterId: OPEN_SERVER_HINT,
  stateKey: STATE_HINT,
  wellKnownRequestOptions: METADATA_HINT,
  conformanceRequestOptions: METADATA_HINT,
};

/**
 * Refuses options of `authorize` that this library does not support.
 *
 * @throws {SmartError} `config_invalid`
 * @internal
 */
export function checkAuthorize(options: AuthorizeParams): void {
  check(options, REFUSED_BY_AUTHORIZE);
  const { pkceMode, target = '_self', completeInTarget } = options;
  // An app without TypeScript may pass this value.
  if ((pkceMode as string | undefined) === 'disabled') {
    throw refusal('`pkceMode` cannot be "disabled"', 'Remove it: PKCE with S256 is always used.');
  }
  if (!['_self', 'popup', '_blank'].includes(target)) {
    throw refusal('`target` is not "_self", "popup" or "_blank"', 'Sign in on this page, or in a popup.');
  }
  // The app continues in this window, even if the user signs in through a popup.
  if (completeInTarget !== undefined && completeInTarget !== (target === '_self')) {
    throw refusal('`completeInTarget` does not match `target`', 'Remove it: the app always continues in this window.');
  }
}

/**
 * Refuses options of `ready` that this library does not support.
 *
 * @throws {SmartError} `config_invalid`
 * @internal
 */
export const checkReady = (options: ReadyOptions): void => check(options, REFUSED_IN_PAGES);

function check(options: object, refused: Readonly<Record<string, string>>) {
  for (const [name, hint] of Object.entries(refused)) {
    // An app without TypeScript may pass any value.
    if ((options as Readonly<Record<string, unknown>>)[name]) throw refusal(`\`${name}\` is refused`, hint);
  }
}

/**
 * The redirect URI: an absolute URL unchanged, a relative URL resolved against the page's; by default the page's directory.
 *
 * @internal
 */
export function redirectUriOf({ redirectUri, redirect_uri: alias }: AuthorizeParams): string {
  const uri = String(redirectUri || alias || '.');
  if (/^https?:\/\//i.test(uri)) return uri;
  try {
    return new URL(uri, location.href).href;
  } catch {
    throw refusal('`redirectUri` is not a URL', 'Use an absolute URL, or one relative to this page: `./index.html`.');
  }
}

/**
 * Whether a server without S256 in its metadata is accepted. S256 is sent in any case.
 *
 * @internal
 */
export const acceptsServerWithoutS256 = ({ pkceMode }: AuthorizeParams): boolean => pkceMode === 'unsafeV1';
