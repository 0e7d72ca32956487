// Texts of errors and warnings: one sentence, and for errors what to do. The file is long because every code has a text.

import type { Failure } from './failure.js';
import { WORKER_LOST } from './immediate-errors.js';
import type { SmartErrorCode } from './smart-error-code.js';
import type { SmartFault, SmartRequestPurpose } from './smart-error.js';
import type { SmartWarningCode } from './smart-warning.js';
import { sharedMessageKey, USER_MESSAGES, userMessageKey } from './user-messages.js';

export const ERRORS = {
  // the app's configuration or call
  config_invalid: ['an option is invalid', 'Correct the options of the client or of this call.'],
  issuer_not_allowed: [
    'the launch comes from a server that is not configured',
    'Add its FHIR base URL to `servers` if you trust it; otherwise ignore the launch.',
  ],
  endpoint_scheme: [
    'a URL is not https',
    'Use https, or set `allowInsecureLoopback` to develop against a server on this machine.',
  ],
  launch_invalid: ['the launch parameter is empty, too long or not plain text', 'Launch again from the EHR.'],
  origin_not_allowed: [
    'the URL is not under the FHIR base, so the token is not sent there',
    'Use plain fetch for other servers; a token is valid for its own FHIR base only.',
  ],
  signed_out: ['nobody is signed in', 'Call authorize() first.'],
  crypto_unavailable: [
    'the browser has no Web Crypto for this page, which needs https',
    'Serve the page over https, or from localhost in development: only secure contexts have `crypto.subtle`.',
  ],
  session_expired: [
    'the session has expired',
    'Call authorize() to sign in again; request `offline_access` or `online_access` to be able to refresh.',
  ],
  popup_blocked: [
    'the browser did not open a window',
    "Call authorize({ target: 'popup' }) in a click, before anything is awaited; or sign in in the page itself.",
  ],
  popup_closed: [
    'the window was closed before the sign-in was complete',
    'Let the user try again; if the user did not close it, check the Cross-Origin-Opener-Policy of the server and of this app.',
  ],
  sign_in_abandoned: ['the user left the sign-in by the back button', 'Call authorize() to start it again.'],
  too_many_pages: [
    'there are more pages than `limit`',
    'Narrow the search, request more resources per page (`_count`), or raise `limit`; leave the loop by `break` if the first pages are enough.',
  ],

  // the server refused
  authorization_refused: [
    'the authorization was refused',
    'See `oauth` for the reason; let the user try again. For `invalid_request` compare `fhirBaseUrl` and `aud` with the URL that the server expects, for `invalid_scope` request fewer scopes.',
  ],
  interaction_required: ['the server needs the user to sign in', 'Call authorize() without `prompt`.'],
  token_refused: [
    'the token endpoint refused',
    'See `oauth` for the reason. A code is valid for about a minute and works once: start the sign-in again. A client registered for DPoP needs `dpop`.',
  ],
  refresh_rejected: [
    'the refresh token is no longer valid',
    'Call authorize() to sign in again; the access token works until it expires.',
  ],
  par_required: [
    'the server accepts pushed authorization requests only, and its smart-configuration has no endpoint for them',
    'Set `endpoints.pushedAuthorizationRequestEndpoint` (RFC 9126).',
  ],

  // invalid server response (or a proxy)
  discovery_invalid: [
    "the server's smart-configuration cannot be used",
    "Check `fhirBaseUrl`; tell the server's operator, or set `endpoints`.",
  ],
  discovery_issuer: [
    "the server's metadata names another issuer than the configured one",
    "Compare `issuer` with the server's smart-configuration, as strings. If the ID tokens have your `issuer`, but the smart-configuration another one, set `metadataIssuer` to that.",
  ],
  pkce_unsupported: [
    'the server does not say that it supports PKCE with S256',
    "Tell the server's operator; `acceptServerWithoutS256` permits the sign-in.",
  ],
  token_response_invalid: ['the token response cannot be used', "Tell the server's operator."],
  token_type_unsupported: ['the token is not a bearer token', "Tell the server's operator, or use `smart-launch/dpop`."],
  launch_context_invalid: ['the launch context is not valid', "Tell the server's operator."],
  json_invalid: [
    'the response is not valid JSON',
    "It is truncated, nests too deeply or repeats a member: tell the server's operator.",
  ],
  bundle_invalid: [
    'a page of a search cannot be read, so the result is incomplete',
    "Check that the URL is that of a search; tell the server's operator.",
  ],
  content_type: [
    'the response is not declared as JSON',
    'Check the address; a proxy or a sign-in page may have responded.',
  ],
  body_too_large: ['the response is larger than 1 MiB', 'Check the address; a response of an authorization server is smaller.'],
  redirected: ['the server redirected the request', 'Use the address it redirects to, if you trust it.'],
  http_status: [
    'the server responded with an error status',
    'See `status`; try again later if `retryable`.',
  ],
  logout_remote_failed: [
    'the server did not confirm the sign-out',
    'The session has ended here; its tokens may be valid at the server until they expire.',
  ],

  // identity of the user
  id_token_invalid: [
    'the ID token is missing, not signed with a key of the server, or about another user',
    "The message names the claim: compare it with `clientId` and `issuer`. A server whose ID tokens name another issuer (`iss`) than its metadata needs `issuer` and `metadataIssuer`. Tell the server's operator.",
  ],
  clock_skew: [
    'the clock of this device is wrong',
    'Set the clock of the device; the times in a token cannot be checked otherwise.',
  ],
  userinfo_invalid: [
    'the UserInfo response is not verified, or about another user',
    "Do not use it; tell the server's operator.",
  ],
  introspection_invalid: ['the introspection response cannot be used', "Tell the server's operator."],

  par_response_invalid: [
    'the response to the pushed authorization request has no usable `request_uri`',
    "Tell the server's operator (RFC 9126 §2.2).",
  ],

  // tabs
  lock_timeout: [
    'another tab or caller did not finish in time',
    'Try again; if it happens often, a server responds very slowly or a tab hangs.',
  ],
  refresh_in_doubt: [
    'it is not known whether the refresh token is still valid',
    'Ask the user to sign in again; until the access token expires it can be used. Sending the refresh token once more might end every token of the user.',
  ],

  // client registration
  registration_refused: [
    'the server refused the registration',
    'See `oauth` for the reason, and compare `metadata`. Some servers require an `initialAccessToken`.',
  ],
  registration_response_invalid: [
    'the registration response cannot be used',
    "The client may be registered all the same. Tell the server's operator.",
  ],
  // DPoP
  dpop_unavailable: ['the browser cannot store a key for DPoP', 'It needs IndexedDB and ES256, which private windows may lack.'],
  dpop_unsupported: ['the server does not accept ES256 for DPoP', 'Leave out `dpop` for this server.'],
  dpop_refused: [
    'the server does not accept the DPoP proof',
    'Check the clock; the server has to expose `DPoP-Nonce`, `WWW-Authenticate` and `Date` (CORS).',
  ],
  dpop_downgrade: ['the server issued a bearer token in place of a bound one', "Tell the server's operator, or leave out `dpop`."],
  dpop_key_lost: ['the key of the session is gone', 'Call authorize() to sign in again.'],

  // the callback
  state_unknown: [
    'no sign-in is waiting for this response',
    'Start the sign-in again in this tab; the link may be old, or from elsewhere.',
  ],
  callback_malformed: ['the callback is not an authorization response', 'Start the sign-in again.'],
  callback_duplicate_param: [
    'a parameter occurs twice',
    'Start again; the link may have been manipulated.',
  ],
  callback_wrong_mode: [
    'the response arrived in another response mode, or with tokens in the URL',
    "Check `responseMode`; tell the server's operator.",
  ],
  callback_replayed: ['this response has been used already', 'Start the sign-in again.'],
  iss_missing: [
    'the response does not say which server it is from',
    "Start the sign-in again; tell the server's operator if it happens again.",
  ],
  iss_mismatch: [
    'the response is from another server',
    'Start the sign-in again; this may be a mix-up attack.',
  ],

  // the network and the platform
  network: [
    'the server could not be reached, or does not permit this origin (CORS)',
    "Check the network; in a browser also that the server permits this app's origin.",
  ],
  timeout: ['the server did not respond in time', 'Try again; see `timeoutSeconds`.'],
  aborted: ['the call was aborted', 'No action is needed: its signal ended it.'],
  storage_unavailable: [
    'sessionStorage is blocked or full, so the sign-in could not be completed',
    'Permit storage for this site, or open the app in a tab of its own.',
  ],
  wasm_unavailable: [
    'the WebAssembly engine could not start, or a chunk of the library could not be loaded',
    "Permit it in the Content-Security-Policy: script-src 'wasm-unsafe-eval'; check that the chunks can be loaded.",
  ],
  worker_lost: [WORKER_LOST.message, WORKER_LOST.hint],
  service_worker_unavailable: [
    'no service worker receives posts to the redirect URI',
    'Serve dist/form-post-worker.js above the redirect URI and register it with ?redirect_uri=; private windows may have no service workers: use another `responseMode` there.',
  ],
  internal: ['something failed inside smart-launch', 'Try again; report it if it happens again.'],
} satisfies Record<SmartErrorCode, readonly [message: string, hint: string]>;

export const WARNINGS = {
  patient_context_not_asked: 'scopes of `patient/` without `launch/patient`: servers may refuse, as the patient is not known',
  nonce_missing: 'the ID token does not repeat the nonce; PKCE binds the code to this sign-in all the same',
  refreshed_id_token_malformed:
    'the ID token of a refresh has no audience, or an authorized party that the first one did not have',
  id_token_missing:
    '`openid` was granted without an ID token, so the user is not known; some servers return one only if `fhirUser` is requested too',
  id_token_malformed: 'a claim of the ID token has the wrong type, so it is left out',
  auth_time_missing: '`max_age` was requested, and the ID token has no `auth_time`',
  id_token_unverified: 'there is an ID token that was not requested, from a server without an issuer: not used',
  fhir_user_invalid: '`fhirUser` in the ID token is not the URL of a person, so it is not used',
  fhir_user_elsewhere: '`fhirUser` is at another server, which is not sent the access token',
  discovery_content_type: 'the smart-configuration is not declared as JSON',
  discovery_member_missing: 'the smart-configuration lacks a required member',
  discovery_member_invalid: 'a member of the smart-configuration cannot be used, so it is ignored',
  discovery_relative_url: 'the smart-configuration states an endpoint as a relative URL',
  pkce_plain_advertised: 'the server offers the PKCE method `plain`, which it must not',
  pkce_not_advertised: 'the server does not list the PKCE method S256',
  scope_not_granted: 'not every requested scope was granted',
  scope_malformed: '`scope` in the token response is not a list separated by spaces',
  expires_in_invalid: '`expires_in` is not a number of seconds',
  launch_context_missing: 'launch context was granted and is missing',
  launch_context_malformed:
    'a member of the launch context has the wrong type, or a list is too long: that part is left out',
  resource_id_malformed: 'an id in the launch context or in `fhirUser` does not follow FHIR; it is used unchanged',
  storage_unavailable: 'storage is blocked or full, so the session ends with the page',
  registered_redirect_uris_differ: 'the server registered other redirect URIs',
  registered_auth_method_differs: 'the server registered another authentication method',
  registered_grant_types_differ: 'the server registered other grant types',
  registered_scope_differs: 'the server registered other scopes',
  registration_member_missing: 'the registration response lacks a required member',
  registration_uri_unusable:
    'the URL or the token for managing the registration is missing, malformed or of another origin, and is not used',
} satisfies Record<SmartWarningCode, string>;

/**
 * Keys of messages, by the party that can resolve the error. A key that is not here has the party of the error with the same
 * message. If that error is not here either, the party is the server, or for {@link APP_ERRORS} the app.
 */
const FAULTS: Partial<Record<SmartFault, string>> = {
  user: 'access_denied signed_out session_expired sign_in_abandoned state_unknown',
  app: 'config_invalid issuer_not_allowed aborted dpop_unsupported too_many_pages unavailable',
  network: 'network refresh_in_doubt',
  browser:
    'popup_blocked storage_unavailable wasm_unavailable worker_lost internal lock_timeout clock_skew dpop_unavailable',
};

/** Errors of the server (RFC 6749 §4.1.2.1, §5.2) that the app's developers can resolve. */
const APP_ERRORS = [
  'invalid_request',
  'invalid_client',
  'invalid_scope',
  'unauthorized_client',
  'unsupported_response_type',
  'unsupported_grant_type',
];

/** Names of requests, by their purpose. */
const PURPOSES: Record<SmartRequestPurpose, string> = {
  discovery: 'the request for its smart-configuration',
  openid_discovery: 'the request for its OpenID configuration',
  token: 'the token request',
  refresh: 'the refresh request',
  jwks: 'the request for its keys',
  userinfo: 'the UserInfo request',
  introspection: 'the introspection request',
  pushed: 'the pushed authorization request',
  revocation: 'the revocation request',
  registration: 'the registration request',
  fhir: 'the FHIR request',
};

/** Hints for requests that failed in transit, by their purpose. */
const PURPOSE_HINTS: Partial<Record<SmartRequestPurpose, string>> = {
  discovery:
    'Check `fhirBaseUrl`; give `issuer` or `endpoints` to a server without smart-configuration. In a browser the server has to permit this origin (CORS).',
  openid_discovery: 'Check `issuer`. In a browser the server has to permit this origin (CORS).',
  token:
    'Start the sign-in again; if it fails again, check the token endpoint in the metadata, and that it permits this origin (CORS), and the header `DPoP` for `dpop`.',
  refresh: 'Try again later; if it fails again, check that the token endpoint permits this origin (CORS).',
  pushed:
    'Check the pushed authorization request endpoint in the metadata, and that it permits this origin (CORS).',
  jwks: 'Check `jwks_uri` in the metadata, and that it permits this origin (CORS).',
};
const IN_TRANSIT: readonly SmartErrorCode[] = ['network', 'http_status', 'json_invalid', 'content_type', 'redirected'];

const CLIENT_REFUSED_HINT =
  'See `oauth` for the reason. This app is a public client, without a secret. Register it at the server as one, and compare `clientId` with the registration.';

/** Texts of a failure: message, hint, the party that can resolve it, and the message for users. */
export function describe(failure: Failure): {
  message: string;
  hint: string;
  fault: SmartFault;
  userMessage: string;
} {
  const { about, warning, purpose, status, oauth } = failure;
  // The app's server may use a later version of this library, with other codes.
  const code = Object.prototype.hasOwnProperty.call(ERRORS, failure.code) ? failure.code : 'internal';
  const purposeText = purpose && PURPOSES[purpose];
  const purposeHint = purpose && PURPOSE_HINTS[purpose];
  let [message, hint]: readonly [string, string] = ERRORS[code];
  if (warning) message = `${WARNINGS[warning] ?? warning}: refused, because of \`strict\``;
  if (code === 'http_status' && status) {
    message = `the server answered HTTP ${status}${purposeText ? ` to ${purposeText}` : ''}`;
  } else if (IN_TRANSIT.includes(code) && purposeText) {
    message += `: ${purposeText}`;
  }
  if (IN_TRANSIT.includes(code) && purposeHint) hint = code === 'http_status' ? `${hint} ${purposeHint}` : purposeHint;
  if (code === 'http_status' && purpose === 'fhir') {
    hint = 'See `status`, `body` and `operationOutcome`; try again later if `retryable`.';
  }
  const isOfTokenEndpoint = purpose === 'token' || purpose === 'refresh';
  if (code === 'token_refused' && oauth?.error === 'invalid_client' && isOfTokenEndpoint) {
    message = 'the token endpoint does not accept this app as a public client: it requires client authentication, or another `clientId`';
    hint = CLIENT_REFUSED_HINT;
  }
  const isRefused = code === 'authorization_refused' || code === 'token_refused';
  const isAppError = isRefused && APP_ERRORS.includes(String(oauth?.error));
  const key = userMessageKey({ ...failure, code });
  const fault = faultOf(key) ?? faultOf(sharedMessageKey(key)) ?? (isAppError ? 'app' : 'server');
  return { message: about || message, hint, fault, userMessage: USER_MESSAGES[sharedMessageKey(key)] };
}

function faultOf(key: string): SmartFault | undefined {
  const faults: SmartFault[] = ['user', 'app', 'network', 'browser'];
  return faults.find((fault) => FAULTS[fault]?.split(' ').includes(key));
}
