// `createSmartServer`: checks its options, and serves the routes. They are in one file, because they share the checks of a request.

import { SmartError } from '../error/smart-error.js';
import { NOT_SET_UP } from '../error/user-messages.js';
import { withSmartErrors, smartError } from '../error/create-error.js';
import type { Failure } from '../error/failure.js';
import { publicJwks } from '../confidential/public-jwks.js';
import type { ClientKeyAuth } from '../confidential/client-auth.js';
import { plain } from '../values/plain.js';
import { ENDS_HEADER, ERROR_HEADER, SESSION_HEADER, USE_PARAMETER } from '../values/session-names.js';
import { REFUSED, formOf, incomingOf, isForeign, isPermitted, sessionIdOf } from './incoming.js';
import type { Incoming } from './incoming.js';
import type { NodeRequest } from './node-request.js';
import type { RequestHead } from './request-head.js';
import { baseOf, clientOf, expectSet } from './checked-options.js';
import { createCookies } from './cookies.js';
import { errorResponse, formPage, json, redirect, text, withoutBody } from './outgoing.js';
import { METHODS, forward, refusalOf } from './proxy.js';
import { createSeal } from './seal.js';
import type { RegisteredServerDefaults, ServerBehaviour, SmartServerSetup } from './server-options.js';
import { createSessions } from './sessions.js';
import type { OpenSession, SessionUse } from './sessions.js';
import { createRequests } from './request-objects.js';
import { createSignIns } from './sign-ins.js';
import type { SmartServer } from './smart-server.js';

/** The options before they are checked. The engine checks those of each server. */
type Given = ServerBehaviour & RegisteredServerDefaults & { servers?: readonly RegisteredServerDefaults[] };

/**
 * Creates the routes and sessions of an app that signs users in on a server. The call does no I/O.
 *
 * @example
 * const smart = createSmartServer({
 *   baseUrl: 'https://app.example/auth', fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'portal',
 *   scope: 'launch patient/*.rs', clientAuth: { key: privateKeyPem, keyId: '2026-11' },
 *   cookieSecret, sessions: { store: memoryStore() },
 * });
 * @throws {SmartError} `config_invalid`
 */
export function createSmartServer(options: SmartServerSetup): SmartServer {
  try {
    // The options are checked below and by the engine.
    return create(options as Given);
  } catch (failure) {
    if (!isFailure(failure)) throw failure;
    const hint = 'See the options of createSmartServer.';
    throw new SmartError({ code: failure.code, message: failure.about ?? failure.code, hint, userMessage: NOT_SET_UP });
  }
}

function create({ servers = [{}], ...options }: Given): SmartServer {
  const {
    baseUrl: givenUrl,
    cookieSecret,
    sessions: sessionOptions,
    frames = false,
    returnTo: home = '/',
    postLogoutRedirectUri,
    proxy,
    publicKeys = [],
    onError,
    ...shared
  } = options;
  expectSet({ baseUrl: givenUrl, cookieSecret });
  const base = baseOf(givenUrl, shared.allowInsecureLoopback === true);
  const { origin } = base;
  const baseUrl = base.href.replace(/\/$/, '');
  const basePath = base.pathname.replace(/\/$/, '');
  const clients = servers.map((server) => clientOf({ ...plain(shared), ...plain(server) }, baseUrl));
  const isPosted = clients.some(({ responseMode }) => String(responseMode).startsWith('form_post'));
  const cookies = createCookies(base.protocol === 'https:', frames, isPosted);
  const seal = createSeal(typeof cookieSecret === 'string' ? [cookieSecret] : cookieSecret);
  const sessions = createSessions({ clients, seal, ...sessionOptions });
  const requests = createRequests({ seal, store: sessionOptions.store, baseUrl });
  const signIns = createSignIns({ sessions, cookies, requests, origin, home, isRoute });
  if (URL.canParse(home, origin) && isRoute(new URL(home, origin))) {
    throw { code: 'config_invalid', about: '`returnTo` is a route of createSmartServer, not a page of the app' };
  }

  const incoming = (request: Request | NodeRequest | RequestHead) => incomingOf(request, origin);

  /** The path after `baseUrl`; nothing for a URL that is not under it. */
  function routeOf({ pathname }: URL): string | undefined {
    return pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath.length + 1) : undefined;
  }

  /**
   * Whether a URL of the origin is a route: a sign-in must not lead to it. The path is also checked decoded and with merged
   * slashes, because some proxies change paths in this way.
   */
  function isRoute(url: URL): boolean {
    const other = new URL(origin + decoded(url.pathname).replace(/[/\\]+/g, '/'));
    return [url, other].some((form) => {
      const [name = ''] = routeOf(form)?.split('/') ?? [];
      return ROUTES.has(name) || name === 'fhir';
    });
  }

  /** The id of the session that a request names, and the secrets of the browser that sent the request. */
  function namedBy(given: Incoming): { readonly id: string; readonly browser: readonly string[] } | undefined {
    const id = sessionIdOf(given);
    const browser = cookies.browser(given.header('cookie')).map(({ secret }) => secret);
    if (!isPermitted(given, origin)) throw { code: 'origin_not_allowed', ...FOREIGN };
    return id && browser.length > 0 ? { id, browser } : undefined;
  }

  async function sessionOf(given: Incoming, use?: SessionUse): Promise<OpenSession | 'expired' | null> {
    const named = namedBy(given);
    return named ? sessions.open(named.id, named.browser, use) : null;
  }

  async function requireSession(given: Incoming, use?: SessionUse): Promise<OpenSession> {
    if (isForeign(given, origin)) throw { code: 'origin_not_allowed', ...FOREIGN };
    const open = await sessionOf(given, use);
    if (!open) throw NO_SESSION;
    if (open === 'expired') throw { code: 'session_expired' } satisfies Failure;
    return open;
  }

  /** Headers with the id of the session that a response belongs to, and the seconds until this session ends. */
  const headersOf = ({ session: { id }, endsIn }: OpenSession) => ({ [SESSION_HEADER]: id, [ENDS_HEADER]: String(endsIn()) });

  /** The methods that a route permits. */
  function methodsOf(path: string): readonly string[] {
    const [name = '', ...rest] = path.split('/');
    if (name === 'fhir') {
      if (!proxy) throw refused(404, 'FHIR requests of pages are not served: the option `proxy` is not set');
      return proxy.methods ?? METHODS;
    }
    const methods = (isEnd(rest) || name === 'callback' || name === 'request') && ROUTES.get(name);
    if (!methods) throw NO_ROUTE;
    return methods;
  }

  async function route(request: Request, given: Incoming, path: string): Promise<Response> {
    const { searchParams } = given.url;
    const [name = '', ...rest] = path.split('/');
    if (name === 'fhir' && proxy) {
      const target = rest.join('/');
      const refusal = refusalOf(given, target, proxy);
      if (refusal) throw refused(404, refusal);
      const open = await requireSession(given, { isForOneCall: true });
      const response = await forward(open.session, request, given, target, `${baseUrl}/fhir`);
      for (const [name, value] of Object.entries(headersOf(open))) response.headers.set(name, value);
      return response;
    }
    if (name === 'callback') {
      const url = given.url.href;
      return signIns.complete(given, given.method === 'POST' ? { body: await formOf(request), url } : { url });
    }
    switch (name) {
      case 'launch':
        return loginResponse(await signIns.launch(given));
      case 'login':
        return loginResponse(await signIns.login(given, searchParams.get('returnTo'), searchParams.get('iss')));
      case 'session': {
        const open = await requireSession(given, { isUse: searchParams.get(USE_PARAMETER) !== 'false' });
        // The page does not get the token response, because its members may contain secrets.
        const { tokenResponse: _, ...data } = open.session;
        return json(data, 200, headersOf(open));
      }
      case 'logout': {
        if (isForeign(given, origin)) throw { code: 'origin_not_allowed', ...FOREIGN };
        const named = namedBy(given);
        const signedOut = named && (await sessions.end(named.id, named.browser, postLogoutRedirectUri));
        if (!signedOut) throw NO_SESSION;
        const { revoked, logoutUrl } = signedOut;
        if (given.header(SESSION_HEADER) !== null) return json({ revoked, logoutUrl }, 200, { [SESSION_HEADER]: named.id });
        return redirect(logoutUrl ?? new URL(home, origin).href);
      }
      case 'front-channel-logout': {
        const [iss, sid] = ['iss', 'sid'].map((name) => searchParams.getAll(name));
        if (iss?.length === 1 && sid?.length === 1) await sessions.endAll(iss[0] as string, sid[0] as string);
        return text('', 'text/plain');
      }
      case 'request': {
        const [id = '', ...others] = rest;
        const requestObject = isEnd(others) && (await requests.read(id));
        if (!requestObject) throw refused(404, 'there is no such authorization request, or it has expired');
        return text(requestObject, 'application/oauth-authz-req+jwt');
      }
      case 'jwks.json':
        return json(await jwks(), 200, { 'cache-control': 'public, max-age=600' });
      default:
        throw NO_ROUTE;
    }
  }

  function loginResponse({ request, cookies }: Awaited<ReturnType<typeof signIns.login>>): Response | Promise<Response> {
    return request.method === 'GET'
      ? redirect(request.url, cookies)
      : formPage(request.action, request.fields, cookies);
  }

  /** The public parts of `publicKeys`, and of those keys in `clientAuth` that are JWKs or PEM. */
  async function jwks() {
    const clientAuths = await Promise.all(
      [...new Set(clients.map(({ clientAuth }) => clientAuth))].map((auth) => (typeof auth === 'function' ? auth() : auth)),
    );
    const keys = clientAuths.flatMap((auth) => {
      const { key, keyId, alg } = (auth ?? {}) as Partial<ClientKeyAuth>;
      const isReadable = typeof key === 'string' || (typeof key === 'object' && key !== null && 'kty' in key);
      return isReadable ? [{ key: key as string, ...plain({ keyId, alg }) }] : [];
    });
    return publicJwks(...new Map([...keys, ...publicKeys].map((key) => [JSON.stringify(key), key])).values());
  }

  async function failed(failure: unknown, request: Request, isPage: boolean, isCallback: boolean): Promise<Response> {
    const error = await smartError(failure);
    try {
      // The app may return anything, and its types are those of its platform.
      const appResponse = onError?.(error, request) as Response | undefined;
      if (appResponse) {
        // A copy, because the headers of some responses cannot be changed.
        const copy = new Response(appResponse.body, appResponse);
        if (!isPage) copy.headers.set(ERROR_HEADER, error.code);
        return copy;
      }
    } catch {
      // If `onError` throws, the route still responds.
    }
    return errorResponse(error, isPage, isCallback);
  }

  async function responseTo(request: Request): Promise<Response> {
    let [isPage, isCallback] = [false, false];
    try {
      const incomingRequest = incoming(request);
      const path = routeOf(incomingRequest.url);
      if (path === undefined) throw refused(404, 'the URL is not under `baseUrl`');
      // A sign-out by a form is a navigation; pages with scripts send the header.
      const isForm = incomingRequest.header(SESSION_HEADER) === null;
      isCallback = /^callback(?:\/|$)/.test(path);
      isPage = isCallback || /^(?:launch|login)(?:\/|$)/.test(path) || (isForm && /^logout\/?$/.test(path));
      const methods = methodsOf(path);
      if (methods.includes(incomingRequest.method)) return await route(request, incomingRequest, path);
      const response = await failed(refused(405, 'the method is not permitted'), request, isPage, isCallback);
      response.headers.set('allow', methods.join(', '));
      return response;
    } catch (failure) {
      return failed(failure, request, isPage, isCallback);
    }
  }

  return Object.freeze<SmartServer>({
    baseUrl,
    async handle(request) {
      const response = await responseTo(request as Request);
      return request.method === 'HEAD' ? withoutBody(response) : response;
    },
    owns(request) {
      try {
        return routeOf(incoming(request as Request).url) !== undefined;
      } catch {
        return false;
      }
    },
    session: withSmartErrors(async (request) => {
      const open = await sessionOf(incoming(request as Request));
      return open && open !== 'expired' ? open.session : null;
    }),
  });
}

/** Whether nothing is left of a path, or only a slash, which some frameworks and proxies add. */
const isEnd = (parts: readonly string[]) => parts.length === 0 || (parts.length === 1 && parts[0] === '');

/** A path without percent-encoding, unless that is malformed. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The methods of each route. */
const ROUTES: ReadonlyMap<string, readonly string[]> = new Map([
  ['launch', ['GET']],
  ['login', ['GET']],
  ['callback', ['GET', 'POST']],
  ['session', ['GET', 'HEAD']],
  ['logout', ['POST']],
  ['front-channel-logout', ['GET']],
  ['jwks.json', ['GET', 'HEAD']],
  ['request', ['GET']],
]);

const FOREIGN = {
  about: 'the request is not from a page of the app',
  hint: 'Send it with `fetch` from a page of the origin of `baseUrl`; browsers then add `Origin` and `Sec-Fetch-Site`.',
};

const NO_SESSION = {
  code: 'signed_out',
  hint: 'Send the session id of the sign-in, and the cookies of the browser.',
} satisfies Failure;

const refused = (status: number, about: string): Failure => ({ code: 'config_invalid', ...REFUSED, status, about });

const NO_ROUTE = refused(404, 'there is no such route');

const isFailure = (value: unknown): value is Failure =>
  !(value instanceof Error) && typeof (value as Partial<Failure> | null)?.code === 'string';
