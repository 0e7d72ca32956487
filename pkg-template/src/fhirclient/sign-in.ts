// `oauth2`: `authorize()`, `ready()`, and `init()`, which does both on one page.

import type { AuthorizeOptions } from '../client/authorize-options.js';
import type { SmartClient } from '../client/smart-client.js';
import { SmartError } from '../error/smart-error.js';
import { registerServers, removeServers } from '../page/servers.js';
import { Client } from './client.js';
import type { Configuration } from './configurations.js';
import { configurations, isConfigurationOf, optionsOf, removeConfigurations, storeConfiguration } from './configurations.js';
import { connectionOfSession, signedOut } from './connection.js';
import { allowsLaunchBy, fhirBaseOf, isSameServer, notAllowed } from './issuer.js';
import type { AuthorizeParams, ReadyOptions } from './options.js';
import { acceptsServerWithoutS256, checkAuthorize, checkReady, redirectUriOf } from './options.js';
import { refusal } from './refusal.js';
import type { BrowserFHIRSettings } from './settings.js';
import { checkSettings } from './settings.js';
import { createClient, ENTRY, signOut } from './sign-out.js';
import { hasState, keyOf, removePending, removeState, writePending, writeState } from './smart-key.js';

/** The public interface of `oauth2`. */
export interface SMART {
  /** The settings that apply. A value that is not supported makes the next call reject with `config_invalid`. */
  settings: BrowserFHIRSettings;
  /**
   * Navigates to the server: an EHR launch if the page's URL is a launch URL. Of several options, those for the
   * launching server are used.
   *
   * @throws {SmartError} `config_invalid`, `issuer_not_allowed` and the errors of {@link SmartClient.authorize}.
   */
  authorize(options: AuthorizeParams | AuthorizeParams[]): Promise<string | void>;
  /**
   * Completes the sign-in, or restores the session.
   *
   * @throws {SmartError} `signed_out` (the user is not signed in) and the errors of {@link SmartClient.ready}.
   */
  ready<T>(onSuccess: (client: Client) => T, onError?: (error: Error) => T): Promise<T>;
  ready(options?: ReadyOptions): Promise<Client>;
  /** {@link SMART.ready} if the user is signed in, else {@link SMART.authorize}. */
  init(options: AuthorizeParams | AuthorizeParams[], readyOptions?: ReadyOptions): Promise<Client>;
}

/**
 * Navigates to the server, which redirects back to `redirectUri`. It is an EHR launch if the page's URL is a launch URL.
 *
 * @param givenOptions options, or a list, of which those for the launching server are used
 * @internal
 */
export async function authorize(givenOptions: AuthorizeParams | AuthorizeParams[]): Promise<string | void> {
  checkSettings();
  const optionsOrList = givenOptions ?? {};
  const pageParameters = new URLSearchParams(location.search);
  const launchIss = pageParameters.get('iss');
  const options = Array.isArray(optionsOrList) ? optionsForLaunch(optionsOrList, launchIss) : optionsOrList;
  checkAuthorize(options);
  const configuration: Configuration = {
    fhirBaseUrl: fhirBaseOf(options, launchIss),
    // The client refuses a missing id.
    clientId: (options.clientId ?? options.client_id) as string,
    scope: scopeOf(options, pageParameters),
    redirectUri: redirectUriOf(options),
  };
  removeServers(ENTRY);
  // One of the servers may be malicious, so the client must know that there are several (mix-up attack).
  if (Array.isArray(optionsOrList)) registerServers(optionsOrList.filter((other) => other !== options).map(serverOf), ENTRY);
  const smart = createClient({
    ...optionsOf([configuration]),
    acceptServerWithoutS256: acceptsServerWithoutS256(options),
  });
  const isLaunch = pageParameters.has('iss') && pageParameters.has('launch');
  // At a launch URL, the client reads `iss` and `launch` itself.
  const launchOptions = isLaunch ? {} : { iss: launchIss ?? configuration.fhirBaseUrl, launch: options.launch };
  // Without a launch, the client removes `launch` from the scope in its settings, but not from this option. The key is unique to
  // this sign-in: apps store data about the patient under it.
  const key = createKey();
  const authorizeOptions = { ...launchOptions, scope: configuration.scope, appState: { key } };
  storeConfiguration(configuration);
  const { fhirBaseUrl: serverUrl, clientId, scope, redirectUri } = configuration;
  // If the app has removed the record of the previous sign-in, that session ends. This begins before the new record is written.
  if (signedInClient) endIfSignedOut(signedInClient).catch(() => {});
  const removeRecord = writePending({ key, serverUrl, clientId, scope, redirectUri });
  try {
    // A popup is opened before anything is awaited.
    const isSignedIn = POPUPS.includes(options.target) && (await signInByPopup(smart, authorizeOptions));
    if (isSignedIn) {
      currentClient = signedInClient = undefined;
      storeSession(smart, configuration);
    }
    // At a launch by another server, which authorize() refuses, no request is sent.
    const issuers = pageParameters.getAll('iss');
    if (issuers.length < 2 && issuers.every((iss) => isSameServer(iss, configuration.fhirBaseUrl))) {
      const endpoints = endpointsOf(smart);
      storeConfiguration(Object.assign(configuration, await (isSignedIn ? endpoints.catch(() => ({})) : endpoints)));
    }
    if (options.noRedirect) {
      const request = await smart.authorize({ ...authorizeOptions, navigate: false, authorizeMethod: 'GET' });
      return request.method === 'GET' ? request.url : undefined;
    }
    if (!isSignedIn) return await smart.authorize(authorizeOptions);
  } catch (error) {
    // The user came back by the back button and may sign in again, so the record stays.
    if (!SmartError.is(error) || error.code !== 'sign_in_abandoned') {
      removeConfigurations();
      removeRecord();
    }
    throw error;
  }
  storeSession(smart, configuration);
  location.assign(configuration.redirectUri);
  return undefined;
}

/** Stores what `ready()` needs to return the session of a client. */
function storeSession(smart: SmartClient, configuration: Configuration) {
  storeConfiguration({ ...configuration, signedIn: true });
  writeState(connectionOfSession(smart, configuration).state);
}

/** Signs in through a popup; `false` if the browser blocks it, so that this window has to be used. */
async function signInByPopup(smart: SmartClient, options: AuthorizeOptions): Promise<boolean> {
  try {
    await smart.authorize({ ...options, target: 'popup' });
    return true;
  } catch (error) {
    if (SmartError.is(error) && error.code === 'popup_blocked') return false;
    throw error;
  }
}

/** The server's endpoints with the names of `fhirclient`. */
async function endpointsOf(smart: SmartClient) {
  const { authorizationEndpoint, tokenEndpoint, configuration } = await smart.discover();
  // The server's value, unchecked; it is only shown in `client.state`.
  const registrationUri = configuration.registration_endpoint as string | undefined;
  return { authorizeUri: authorizationEndpoint ?? undefined, tokenUri: tokenEndpoint, registrationUri };
}

/** Adds the scope `launch` to an EHR launch, if it is missing. */
function scopeOf({ scope = '', launch }: AuthorizeParams, pageParameters: URLSearchParams): string {
  if (!(launch ?? pageParameters.get('launch')) || /\blaunch\b/.test(scope)) return scope;
  return `${scope} launch`.trim();
}

const createKey = () => crypto.randomUUID().replaceAll('-', '');

const POPUPS: readonly unknown[] = ['popup', '_blank'];

function optionsForLaunch(list: AuthorizeParams[], launchIss: string | null): AuthorizeParams {
  const hint = 'Launch the app from the EHR, or pass the options of one server, not a list.';
  if (!launchIss) throw refusal("a list of options needs `iss` in the page's URL", hint);
  const options = list.find((options) => allowsLaunchBy(options, launchIss));
  if (!options) throw notAllowed();
  return options;
}

/** A server in the form in which clients of a page register it. With a pattern, its URL is not known. */
const serverOf = (options: AuthorizeParams) => {
  const { iss, issMatch } = options;
  return {
    fhirBaseUrl: String(iss ?? (typeof issMatch === 'string' ? issMatch : 'https://unknown.invalid')),
    redirectUri: redirectUriOf(options),
  };
};

/**
 * Completes the sign-in if the page's URL is its callback, or restores the session.
 *
 * @param options options, or a function that is called with the client
 * @param onError called on failure if the first argument is a function
 * @internal
 */
export function ready<T>(onSuccess: (client: Client) => T, onError?: (error: Error) => T): Promise<T>;
/** @internal */
export function ready(options?: ReadyOptions): Promise<Client>;
export function ready(
  options?: ReadyOptions | ((client: Client) => unknown),
  onError?: (error: Error) => unknown,
): Promise<unknown> {
  const hasCallback = typeof options === 'function';
  const result = resume(hasCallback ? {} : options).then((client) => client ?? Promise.reject(signedOut()));
  return hasCallback ? result.then(options, onError) : result;
}

/**
 * `ready` if the user is signed in, else `authorize`.
 *
 * @internal
 */
export async function init(
  authorizeOptions: AuthorizeParams | AuthorizeParams[],
  readyOptions?: ReadyOptions,
): Promise<Client> {
  const client = await resume(readyOptions);
  if (client) return client;
  await authorize(authorizeOptions);
  // The navigation has begun.
  return new Promise(() => {});
}

/** The client of this page, while the user is signed in or signing in. */
let currentClient: Promise<Client | null> | undefined;
/** The result of `currentClient`. */
let signedInClient: Client | undefined;

function resume(options: ReadyOptions | undefined): Promise<Client | null> {
  // A `code` means a newer sign-in.
  if (currentClient && !options?.code) return currentClient.then(unlessEnded);
  const attempt = checkedClient(options);
  const clear = () => {
    if (currentClient === attempt) currentClient = signedInClient = undefined;
  };
  currentClient = attempt;
  attempt.then((client) => {
    if (!client) return clear();
    if (currentClient === attempt) signedInClient = client;
    client.smart?.on('signedOut', clear);
  }, clear);
  return attempt;
}

/** The client, unless the app has signed out, or a later page of this tab has signed in: the back button may show this page. */
async function unlessEnded(client: Client | null): Promise<Client | null> {
  if (!client || (await endIfSignedOut(client))) return null;
  // A repeated call checks whether the session is still stored.
  return (await client.smart?.ready()) ? client : null;
}

/** Ends the session if the app has signed out by removing the record from `sessionStorage`. Returns whether it has. */
async function endIfSignedOut({ state, smart }: Client): Promise<boolean> {
  const key = String(state.key);
  if (hasState(key)) return false;
  if (smart) await signOut(smart);
  return true;
}

/** @returns `null` if the user is not signed in and the page's URL is no callback */
async function checkedClient(readyOptions: ReadyOptions | undefined): Promise<Client | null> {
  checkSettings();
  const options = readyOptions ?? {};
  checkReady(options);
  const client = await clientOf(options);
  if (!client) removePending();
  return client;
}

async function clientOf(options: ReadyOptions): Promise<Client | null> {
  const stored = configurations();
  const [latest] = stored;
  if (!latest) return null;
  removeServers(ENTRY);
  const smart = createClient(optionsOf(stored));
  smart.on('signedIn', (session) => {
    // The session was created with one of the stored configurations.
    const used = stored.find((configuration) => isConfigurationOf(configuration, session)) as Configuration;
    storeSession(smart, used);
  });
  const session = await smart.ready({ callback: callbackOf(options, latest) });
  const [configuration] = configurations();
  // If the latest sign-in was not completed, the previous session is not returned.
  if (!session || !configuration?.signedIn || !isConfigurationOf(configuration, session)) return null;
  const key = keyOf(session);
  if (!hasState(key)) {
    // The app has signed out.
    await signOut(smart);
    return null;
  }
  smart.on('signedOut', () => removeState(key));
  return Client.of(connectionOfSession(smart, configuration));
}

/** The callback that the app has passed, if it is not the page's URL. */
function callbackOf({ code, stateKey }: ReadyOptions, { redirectUri }: Configuration): URL | undefined {
  if (!code) return undefined;
  const callback = new URL(redirectUri);
  callback.searchParams.set('code', code);
  if (stateKey) callback.searchParams.set('state', stateKey);
  return callback;
}
