// Sends the requests of an examination, step by step. The library itself starts the sign-in, as it would in a page.

import { createSmartClient } from '../client/create-client.js';
import type { SmartClient } from '../client/smart-client.js';
import { readSmartConfiguration } from '../blocks/blocks.js';
import { smartError } from '../error/create-error.js';
import type { SmartError, SmartRequestPurpose } from '../error/smart-error.js';
import type { SmartServerMetadata } from '../server/smart-server-metadata.js';
import { flawOf } from './exchange.js';
import type { Exchange } from './exchange.js';
import { isInsecureLoopback, isSameServer, issuerDocument, issuersAbove, openidUrl, permittedUrl } from './identity.js';
import type { IssuerDocument } from './identity.js';
import { optionsFor, requiresPush } from './options.js';
import type { Options } from './options.js';
import { createProbe } from './probe.js';
import type { Probe } from './probe.js';
import type { Question } from './question.js';
import { endpointsIn } from './capability-statement.js';

export interface Examination {
  readonly question: Question;
  /** The FHIR base that was used, and the discovery at it. */
  readonly discovery: Discovery;
  /** The discovery at the FHIR base in the question, if another base was used. */
  readonly first?: Discovery | undefined;
  /** Absent if no metadata was found. */
  readonly metadata?: SmartServerMetadata | undefined;
  readonly statement?: Exchange | undefined;
  readonly issuer?: IssuerDocument | undefined;
  /** The requests for OpenID configurations, by issuer. */
  readonly issuers: ReadonlyMap<string, Exchange>;
  readonly keys?: Exchange | undefined;
  readonly options: Options;
  readonly reasons: Readonly<Record<string, string>>;
  readonly signIn?: SignIn | undefined;
  readonly others: readonly Other[];
}

interface Discovery {
  readonly fhirBaseUrl: string;
  readonly exchange?: Exchange | undefined;
  readonly metadata?: SmartServerMetadata | undefined;
  readonly error?: SmartError | undefined;
}

interface SignIn {
  /** The reason why the sign-in could not start; `start` is the request that failed. */
  readonly startError?: SmartError | undefined;
  readonly start?: Exchange | undefined;
  readonly page?: Exchange | undefined;
  /** The error of an authorization response that the server sent without a user. */
  readonly refusal?: SmartError | undefined;
  readonly token?: Exchange | undefined;
  /** The error for an invalid code; absent if the server accepted the code. */
  readonly tokenError?: SmartError | undefined;
}

/** An endpoint that a sign-in does not need, and the header that a preflight asked for. */
interface Other {
  readonly purpose: SmartRequestPurpose;
  readonly exchange: Exchange;
  readonly header?: string | undefined;
}

/** Examines a server. Until the examination has ended, `fetch` of this process behaves as in a page of the app. */
export async function examine(question: Question): Promise<Examination> {
  const probe = createProbe(question.origin, question.timeoutSeconds);
  const { fetch } = globalThis;
  globalThis.fetch = probe.fetchAsPage;
  try {
    return await sendAll(question, probe);
  } finally {
    globalThis.fetch = fetch;
  }
}

async function sendAll(question: Question, probe: Probe): Promise<Examination> {
  const first = await discover(question, probe, question.fhirBaseUrl);
  const otherUrl = otherBase(first);
  const second = otherUrl === undefined ? undefined : await discover(question, probe, otherUrl);
  const discovery = second?.metadata ? second : first;
  const { fhirBaseUrl } = discovery;

  // A smart-configuration that a page cannot read, only because of CORS, is nevertheless used for the other checks.
  let metadata = discovery.metadata ?? (await documentIn(question, discovery));
  let statement: Exchange | undefined;
  let endpoints: ReturnType<typeof endpointsIn>;
  if (!metadata && permittedUrl(fhirBaseUrl)) {
    statement = await probe.sendAsPage(`${fhirBaseUrl.replace(/\/$/, '')}/metadata`, {
      headers: { accept: 'application/fhir+json' },
    });
    endpoints = endpointsIn(statement.body);
  }
  const knownEndpoints = endpoints
    ? { authorizationEndpoint: String(endpoints.authorizationEndpoint), tokenEndpoint: String(endpoints.tokenEndpoint) }
    : metadata;
  const issuers = new Map<string, Exchange>();
  const issuer = knownEndpoints && (await findIssuer(question, probe, metadata?.issuer ?? undefined, knownEndpoints, issuers));
  const jwksUri = permittedUrl(metadata?.jwksUri ?? issuer?.members.jwks_uri);
  const keys = jwksUri === undefined ? undefined : await probe.sendAsPage(jwksUri);
  const hasKeys = keys !== undefined && !flawOf(keys, question.origin);
  const isKnownAbsent = discovery.error?.code === 'http_status' && (discovery.error.status ?? 0) < 500;

  const facts = { fhirBaseUrl: fhirBaseUrl.replace(/\/$/, ''), metadata, isKnownAbsent, endpoints, issuer, hasKeys };
  let { options, reasons } = optionsFor(question, facts);
  if (endpoints) {
    const client = createClient(question, options);
    metadata = await client.discover().catch(() => undefined);
    client.dispose();
    ({ options, reasons } = optionsFor(question, { ...facts, metadata }));
  }
  const isUnreadable = metadata !== undefined && discovery.error !== undefined && !endpoints;
  const [signIn, others] = metadata
    ? await Promise.all([
        trySignIn(question, probe, isUnreadable ? withEndpoints(options, metadata) : options, metadata),
        requestOtherEndpoints(question, probe, fhirBaseUrl, metadata, issuer),
      ])
    : [undefined, []];
  return { question, discovery, first: discovery === first ? undefined : first, metadata, statement, issuer, issuers, keys, options, reasons, signIn, others };
}

/** Reads the smart-configuration as the library does in a page. */
async function discover(question: Question, probe: Probe, fhirBaseUrl: string): Promise<Discovery> {
  const startIndex = probe.exchanges.length;
  const { clientId = 'doctor', redirectUri } = question;
  const allowInsecureLoopback = isInsecureLoopback(fhirBaseUrl);
  const scope = question.scope ?? 'launch/patient';
  const client = createClient(question, { fhirBaseUrl, clientId, redirectUri, scope, allowInsecureLoopback });
  try {
    const metadata = await client.discover();
    return { fhirBaseUrl, metadata, exchange: probe.exchanges[startIndex] };
  } catch (error) {
    return { fhirBaseUrl, error: await smartError(error), exchange: probe.exchanges[startIndex] };
  } finally {
    client.dispose();
  }
}

/** Options for a sign-in although a page cannot read the smart-configuration: with the endpoints in it. */
function withEndpoints(options: Options, { authorizationEndpoint, tokenEndpoint }: SmartServerMetadata): Options {
  return {
    ...options,
    endpoints: { ...options.endpoints, authorizationEndpoint: authorizationEndpoint ?? undefined, tokenEndpoint },
  };
}

/** The FHIR base URL to which the server redirects, or the same URL with https instead of http. */
function otherBase({ fhirBaseUrl, error, exchange }: Discovery): string | undefined {
  if (error?.code === 'endpoint_scheme' && fhirBaseUrl.startsWith('http:')) return `https:${fhirBaseUrl.slice(5)}`;
  const location = error?.code === 'redirected' ? exchange?.headers.get('location') : undefined;
  if (!exchange || !location || !URL.canParse(location, exchange.url)) return undefined;
  const { href } = new URL(location, exchange.url);
  return href.endsWith(SUFFIX) ? permittedUrl(href.slice(0, -SUFFIX.length)) : undefined;
}

/** The metadata in the server's smart-configuration, if CORS is the only reason why a page cannot read the document. */
async function documentIn(
  question: Question,
  { fhirBaseUrl, exchange }: Discovery,
): Promise<SmartServerMetadata | undefined> {
  if (exchange?.status !== 200 || flawOf(exchange, question.origin)?.code !== 'network') return undefined;
  const allowInsecureLoopback = isInsecureLoopback(fhirBaseUrl);
  return readSmartConfiguration({ fhirBaseUrl, body: exchange.body, allowInsecureLoopback }).catch(() => undefined);
}

/**
 * The OpenID configuration of the issuer in the question; without such an issuer, that of the issuer in the metadata, or of an
 * issuer whose URL is above the endpoints.
 */
async function findIssuer(
  question: Question,
  probe: Probe,
  statedIssuer: string | undefined,
  endpoints: Pick<SmartServerMetadata, 'authorizationEndpoint' | 'tokenEndpoint'>,
  issuers: Map<string, Exchange>,
): Promise<IssuerDocument | undefined> {
  const read = async (issuer: string) => {
    const url = permittedUrl(openidUrl(issuer));
    if (url === undefined) return undefined;
    const exchange = await probe.sendAsPage(url);
    issuers.set(issuer, exchange);
    return issuerDocument(issuer, exchange);
  };
  if (question.issuer !== undefined) return read(question.issuer);
  const statedDocument = statedIssuer === undefined ? undefined : await read(statedIssuer);
  if (statedDocument) return statedDocument;
  const candidates = await Promise.all(issuersAbove(endpoints).map(read));
  return candidates.find((document) => document && isSameServer(document, endpoints));
}

/**
 * Starts a sign-in with these options, opens the server's page without a user, and sends an invalid code to the token
 * endpoint.
 */
async function trySignIn(question: Question, probe: Probe, options: Options, metadata: SmartServerMetadata): Promise<SignIn> {
  const client = createClient(question, options);
  try {
    let request = await client.authorize({ navigate: false });
    const page = request.method === 'GET' ? await probe.navigate(request.url) : undefined;
    let refusal: SmartError | undefined;
    const location = page?.headers.get('location');
    if (location?.startsWith(question.redirectUri)) {
      refusal = await errorOf(client.ready({ callback: location }));
      request = await client.authorize({ navigate: false });
    }
    const response = new URLSearchParams({ code: `invalid-${crypto.randomUUID()}`, state: request.state });
    const issuer = options.issuer ?? metadata.issuer;
    if (issuer && metadata.configuration.authorization_response_iss_parameter_supported === true)
      response.set('iss', issuer);
    const callback = options.responseMode === 'form_post' ? response : callbackUrl(options, response);
    const tokenError = await errorOf(client.ready({ callback }));
    const token = probe.exchanges.findLast(({ method, url }) => method === 'POST' && url === metadata.tokenEndpoint);
    return { page, refusal, token, tokenError };
  } catch (error) {
    const startError = await smartError(error);
    return { startError, start: probe.exchanges.findLast(({ url }) => url === startError.url) };
  } finally {
    client.dispose();
  }
}

function callbackUrl({ redirectUri, responseMode }: Options, response: URLSearchParams): URL {
  const url = new URL(String(redirectUri));
  if (responseMode === 'fragment') url.hash = response.toString();
  else response.forEach((value, name) => url.searchParams.set(name, value));
  return url;
}

/** Sends requests to the endpoints that a sign-in does not need. */
async function requestOtherEndpoints(
  question: Question,
  probe: Probe,
  fhirBaseUrl: string,
  metadata: SmartServerMetadata,
  issuer: IssuerDocument | undefined,
): Promise<Other[]> {
  const { configuration, revocationEndpoint, introspectionEndpoint, pushedAuthorizationRequestEndpoint } = metadata;
  const { clientId = 'doctor' } = question;
  const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
  const sendPreflight = async (purpose: SmartRequestPurpose, url: unknown, method: string, header: string) => {
    const permitted = permittedUrl(url);
    return permitted && { purpose, header, exchange: await probe.preflight(permitted, method, header) };
  };
  const sendForm = async (purpose: SmartRequestPurpose, url: string | null, fields: Record<string, string>) => {
    const body = new URLSearchParams({ ...fields, client_id: clientId }).toString();
    return url && { purpose, exchange: await probe.sendAsPage(url, { ...form, body }) };
  };
  const requests = await Promise.all([
    sendPreflight('fhir', `${fhirBaseUrl.replace(/\/$/, '')}/Patient/1`, 'GET', 'authorization'),
    sendPreflight('userinfo', configuration.userinfo_endpoint ?? issuer?.members.userinfo_endpoint, 'GET', 'authorization'),
    sendPreflight('introspection', introspectionEndpoint, 'POST', 'authorization'),
    // Only requests for tokens that are bound to a key have this header.
    Array.isArray(configuration.dpop_signing_alg_values_supported) &&
      sendPreflight('token', metadata.tokenEndpoint, 'POST', 'dpop'),
    sendPreflight('registration', configuration.registration_endpoint, 'POST', 'content-type'),
    sendForm('revocation', revocationEndpoint, { token: crypto.randomUUID() }),
    // If the server requires pushed requests, the sign-in has sent one.
    requiresPush(metadata) ? undefined : sendForm('pushed', pushedAuthorizationRequestEndpoint, {}),
  ]);
  return requests.flatMap((request) => request || []);
}

const createClient = ({ timeoutSeconds }: Question, options: Options): SmartClient =>
  createSmartClient({ ...options, storage: 'memory', timeoutSeconds });

/** The error of a call; `undefined` if it succeeds. */
const errorOf = (call: Promise<unknown>): Promise<SmartError | undefined> =>
  call.then(
    () => undefined,
    (error: unknown) => smartError(error),
  );

const SUFFIX = '/.well-known/smart-configuration';
