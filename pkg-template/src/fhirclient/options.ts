// @ts-nocheck
// Options of `authorize` and `ready`: which of them are refused, and why.

import { refusal } from './refusal.js';

const PUBLIC = 'This is a public client: a page keeps no secret. Remove it, and register the app as public.';
const OPEN = 'For a server without sign-in use `FHIR.client({ serverUrl, tokenResponse: { patient } })`.';
const OWN = 'Remove it: `state` is 256 random bits, and known only here.';
const READ = 'Remove it: the library reads the metadata itself.';

const NOT_FOR_PAGES = {
  clientSecret: PUBLIC,
  clientPrivateJwk: PUBLIC,
  clientPublicKeySetUrl: PUBLIC,
  privateKey: PUBLIC,
};

const NOT_TO_AUTHORIZE = {
  ...NOT_FOR_PAGES,
  fakeTokenResponse: OPEN,
  fhirServiceUrl: OPEN,
  patientId: OPEN,
  encounterId: OPEN,
  stateKey: OWN,
  wellKnownRequestOptions: READ,
  conformanceRequestOptions: READ,
};

/** @throws {import('smart-launch').SmartError} `config_invalid` */
export function checkAuthorize(options) {
  check(options, NOT_TO_AUTHORIZE);
  const { pkceMode, target = '_self', completeInTarget } = options;
  if (pkceMode === 'disabled') {
    throw refusal('`pkceMode` cannot be "disabled"', 'Remove it: PKCE with S256 is always used.');
  }
  if (!['_self', 'popup', '_blank'].includes(target)) {
    throw refusal('`target` is not "_self", "popup" or "_blank"', 'Sign in on this page, or in a popup.');
  }
  // This page is where the app goes on, whichever window the user signs in with.
  if (completeInTarget !== undefined && completeInTarget !== (target === '_self')) {
    throw refusal('`completeInTarget` does not go with this `target`', 'Remove it: the app goes on where it is.');
  }
}

/** @throws {import('smart-launch').SmartError} `config_invalid` */
export const checkReady = (options) => check(options, NOT_FOR_PAGES);

function check(options, refused) {
  for (const [name, hint] of Object.entries(refused)) {
    if (options[name]) throw refusal(`\`${name}\` is refused`, hint);
  }
}

/** Absolute, letter by letter where the app wrote it so; the page's own directory where none is given. */
export function redirectUriOf({ redirectUri, redirect_uri: older }) {
  const written = String(redirectUri || older || '.');
  if (/^https?:\/\//i.test(written)) return written;
  try {
    return new URL(written, location.href).href;
  } catch {
    throw refusal('`redirectUri` is no URL', 'Give the whole URL, or a path from this page: `./index.html`.');
  }
}

/** S256 is sent all the same. */
export const acceptsServerWithoutS256 = ({ pkceMode }) => pkceMode === 'unsafeV1';
