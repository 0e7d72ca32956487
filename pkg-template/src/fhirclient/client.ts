// The client with the context of a launch.

import { SmartError } from '../error/smart-error.js';
import type * as platform from '../values/platform.js';
import { patientParameter } from './conformance.js';
import type { SmartClient } from '../client/smart-client.js';
import type { ClientState, IDToken } from './client-state.js';
import type { Connection } from './connection.js';
import type { Bundle, Encounter, Patient, Practitioner, RelatedPerson } from './fhir.js';
import { FhirClient, nextOf, withDefaults } from './fhir-client.js';
import { absolute, exchange, headersOf } from './http.js';
import { byCode, byCodes } from './observations.js';
import { getPath } from './path.js';
import { createReader, resolveReferences } from './references.js';
import { refusal } from './refusal.js';
import type { FetchOptions, FetchResult, FhirOptions, RequestFunction, RequestOptions } from './request-options.js';
import type { Units } from './units.js';
import { units } from './units.js';

/** Key of a client's connection. It is not a private member, because apps wrap clients in proxies and clone them. */
const CONNECTION = Symbol('connection');

/** The result of `oauth2.ready()`, `oauth2.init()` and `client()`. */
export class Client extends FhirClient {
  byCode = byCode;
  byCodes = byCodes;
  getPath: (value: Record<string, any>, path?: string) => any = getPath;
  units: Units = units;

  /**
   * The client of `createSmartClient` that this client uses; `null` without a sign-in. For `logout()`, `session.can()` and events.
   */
  declare readonly smart: SmartClient | null;
  declare readonly state: Readonly<ClientState>;
  declare patient: {
    readonly id: string | null;
    read: RequestFunction<Patient>;
    /**
     * Sends a request that is restricted to the patient, by the search parameter in the server's CapabilityStatement.
     */
    request<R = FetchResult>(target: string | platform.URL | RequestOptions, options?: FhirOptions): Promise<R>;
  };
  declare encounter: {
    readonly id: string | null;
    read: RequestFunction<Encounter>;
  };
  /** The signed-in user, by the verified ID token. */
  declare user: {
    readonly id: string | null;
    /** The user's resource, such as `Practitioner/abc`. */
    readonly fhirUser: string | null;
    readonly resourceType: string | null;
    read: RequestFunction<Patient | Practitioner | RelatedPerson>;
  };
  /** @internal */
  declare readonly [CONNECTION]: Connection;

  /** @internal */
  static of(connection: Connection): Client {
    return new Client(connection);
  }

  private constructor(connection: Connection) {
    super(connection.state?.serverUrl, connection.send);
    const client = this;
    this[CONNECTION] = connection;
    this.state = connection.state;
    this.smart = connection.smart ?? null;

    const read = (resourceName: string, url: string | null | undefined, options?: FetchOptions) =>
      url ? this.request({ ...options, url }) : Promise.reject(unavailable(resourceName));
    this.patient = {
      get id() {
        return client.getPatientId();
      },
      read: (options) => read('Patient', this.patient.id && `Patient/${this.patient.id}`, options),
      request: async (target, options) => this.request(await restrictToPatient(this, requestOf(target)), options),
    };
    this.encounter = {
      get id() {
        return client.getEncounterId();
      },
      read: (options) => read('Encounter', this.encounter.id && `Encounter/${this.encounter.id}`, options),
    };
    this.user = {
      get fhirUser() {
        return client.getFhirUser();
      },
      get id() {
        return client.getUserId();
      },
      get resourceType() {
        return client.getUserType();
      },
      // Read by the absolute URL of the user's resource: the same id on another server is another user.
      read: (options) => read('User', sessionOf(this)?.fhirUser, options),
    };
  }

  /**
   * Calls the FHIR API.
   *
   * @example
   * import { oauth2 } from 'smart-launch/fhirclient';
   * const client = await oauth2.ready();
   * const observations = await client.request(`Observation?patient=${client.patient.id}`, { pageLimit: 0, flat: true });
   */
  async request<T = any>(target: string | platform.URL | RequestOptions, options: FhirOptions = {}): Promise<T> {
    const { url, includeResponse, ...init } = await withDefaults(this, requestOf(target));
    const { flat, onPage, useRefreshToken } = options;
    const pageLimit = options.pageLimit ?? 1;
    const graph = options.graph !== false;
    const paths = [options.resolveReferences || []].flat();
    const { send, sendAsIs } = this[CONNECTION];
    const sendRequest = (url: unknown, init: RequestInit) =>
      exchange(useRefreshToken === false ? sendAsIs : send, absolute(String(url), this.fhirBaseUrl), init);
    /** Options of the further requests, for references and pages. */
    // A member that is `undefined` has the same effect as a missing one.
    const followUpInit = { headers: withoutBody(init.headers), signal: init.signal } as RequestInit;

    // The body is any JSON, and the app states the type of the result by the type parameter, hence `any`.
    const { response, body }: { response: Response; body: any } = await sendRequest(url, init);
    const result = (value: unknown): any => (includeResponse ? { body: value, response } : value);
    const rawResponse: any = response;
    if (body === undefined) return includeResponse ? result(body) : rawResponse;
    if (typeof body !== 'object' || body === null) return result(body);

    const { read, resources } = createReader(async (reference) => (await sendRequest(reference, followUpInit)).body);
    const withReferences = (data: unknown) =>
      result(graph || paths.length === 0 ? data : { data, references: resources() });

    if (body.resourceType !== 'Bundle') {
      await resolveReferences(body, paths, read, graph);
      return withReferences(body);
    }
    const pages: unknown[] = [];
    let page: Bundle = body;
    for (let pagesLeft = pageLimit; ; page = bundleOf((await sendRequest(nextOf(page), followUpInit)).body)) {
      await resolveReferences(page, paths, read, graph);
      const pageResult = flat ? (page.entry ?? []).map(({ resource }) => resource) : page;
      if (onPage) await onPage(pageResult, resources());
      else pages.push(pageResult);
      if ((pagesLeft -= 1) === 0 || !nextOf(page)) break;
    }
    // `onPage` was called with each page. All pages together may not fit into memory.
    if (onPage) return result(null);
    return withReferences(pageLimit === 1 ? pages[0] : pages.flat());
  }

  getPatientId(): string | null {
    return this.state.tokenResponse?.patient || null;
  }

  getEncounterId(): string | null {
    return this.state.tokenResponse?.encounter || null;
  }

  /** Claims of the verified ID token; `null` without an ID token. */
  getIdToken(): IDToken | null {
    return sessionOf(this)?.idToken ?? null;
  }

  getFhirUser(): string | null {
    return sessionOf(this)?.fhirUser?.split('/').slice(-2).join('/') ?? null;
  }

  getUserId(): string | null {
    return this.getFhirUser()?.split('/')[1] ?? null;
  }

  getUserType(): string | null {
    return this.getFhirUser()?.split('/')[0] ?? null;
  }

  /** The current `Authorization` header. Its token is not refreshed; {@link SmartClient.getAccessToken} refreshes if necessary. */
  getAuthorizationHeader(): string | null {
    return this[CONNECTION].authorization();
  }

  /** The value at a path in the state. Its type depends on the server, hence `any`. */
  getState(path?: string): any {
    return getPath({ ...this.state }, path);
  }

  /** Refreshes the token. Only the option `signal` has an effect. */
  async refresh(options: FetchOptions = {}): Promise<ClientState> {
    await this[CONNECTION].refresh({ signal: options.signal });
    return this.state;
  }

  /** Refreshes the token if it is valid for less than ten seconds. Only the option `signal` has an effect. */
  async refreshIfNeeded(options: FetchOptions = {}): Promise<ClientState> {
    await this[CONNECTION].refreshIfNeeded({ signal: options.signal });
    return this.state;
  }
}

const sessionOf = (client: Client) => client.smart?.getState().session;

async function restrictToPatient(client: Client, { url, ...init }: RequestOptions): Promise<RequestOptions> {
  const { id } = client.patient;
  if (!id) throw unavailable('Patient');
  const patientUrl = urlOf(absolute(String(url), client.fhirBaseUrl));
  const parameter = await patientParameter(client.fhirBaseUrl, patientUrl.pathname.split('/').pop() ?? '');
  patientUrl.searchParams.set(parameter, id);
  return { ...init, url: patientUrl.href };
}

function urlOf(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw refusal('`url` is not a URL', 'Use a path below the FHIR base, or an absolute URL.');
  }
}

function requestOf(target: string | platform.URL | RequestOptions): RequestOptions {
  const request = typeof target === 'string' || target instanceof URL ? { url: target } : { ...target };
  if (!request.url) throw refusal('`url` is missing', 'Pass a URL, or options with a `url`.');
  return request;
}

function withoutBody(headers: Headers): Headers {
  const otherHeaders = headersOf({ headers });
  otherHeaders.delete('content-type');
  return otherHeaders;
}

function bundleOf(body: unknown): Bundle {
  // The body may be anything; a body that is not a resource does not have this member.
  const resource = body as Bundle | null | undefined;
  if (resource?.resourceType === 'Bundle') return resource;
  const message = 'the next page is not a Bundle';
  throw new SmartError({ code: 'content_type', message, hint: 'Tell the operator of the server.', fault: 'server' });
}

const unavailable = (resourceName: string): SmartError =>
  refusal(`${resourceName} is not available`, 'Request the scope for it at sign-in, such as `launch/patient`.');
