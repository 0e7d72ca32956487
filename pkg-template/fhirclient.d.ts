/**
 * The surface of the npm package `fhirclient` (version 2, in browsers) on the client of `smart-launch`, for apps that move:
 * they change one import, so its types are one file. What is the same, what differs and what is refused:
 * `docs/from-fhirclient.md` in the repository.
 *
 * @example
 * import FHIR from 'smart-launch/fhirclient';
 * const client = await FHIR.oauth2.ready();
 * const patient = await client.patient.read();
 */

import type { SmartClient } from './index.js';
import type { AbortController, RequestInit, Response, URL } from './values/platform.js';

declare const FHIR: {
  AbortController: { new (): AbortController; prototype: AbortController };
  client: typeof client;
  FhirClient: typeof FhirClient;
  oauth2: typeof oauth2;
};
export default FHIR;

/**
 * Signs in and gives clients.
 *
 * @example
 * import { oauth2 } from 'smart-launch/fhirclient';
 * // launch.html
 * oauth2.authorize({ clientId: 'growth-chart', scope: 'launch patient/*.rs', iss: 'https://ehr.example/fhir' });
 * // index.html
 * const client = await oauth2.ready();
 */
export declare const oauth2: fhirclient.SMART;

/**
 * A client of a server that needs no sign-in, or that the app has a token or a password for: they go to URLs under
 * `serverUrl` only.
 *
 * @example
 * import FHIR from 'smart-launch/fhirclient';
 * const client = FHIR.client('https://r4.example/fhir');
 */
export declare function client(stateOrUrl: string | fhirclient.ClientState): Client;

/**
 * A client of a FHIR server, whoever is signed in.
 *
 * @example
 * import { FhirClient } from 'smart-launch/fhirclient';
 * for await (const patient of new FhirClient('https://r4.example/fhir').resources('Patient')) console.log(patient);
 */
export declare class FhirClient {
  readonly fhirBaseUrl: string;
  constructor(fhirBaseUrl: string);
  /** Options of every request, for a class that extends this one. */
  getRequestDefaults(): Promise<Partial<fhirclient.FetchOptions>>;
  /** JSON and text as such, anything else as the Response. */
  fhirRequest<T = any>(url: string | URL, options?: fhirclient.FetchOptions): Promise<T>;
  create<R = fhirclient.FHIR.Resource, O extends fhirclient.FetchOptions = {}>(
    resource: fhirclient.FHIR.Resource,
    options?: O,
  ): Promise<fhirclient.Result<R, O>>;
  update<R = fhirclient.FHIR.Resource, O extends fhirclient.FetchOptions = {}>(
    resource: fhirclient.FHIR.Resource,
    options?: O,
  ): Promise<fhirclient.Result<R, O>>;
  /** A JSON Patch (RFC 6902), with one operation at least. */
  patch<R = fhirclient.FHIR.Resource>(
    url: string,
    patch: fhirclient.JsonPatch,
    options?: fhirclient.FetchOptions,
  ): Promise<R>;
  delete<R = unknown>(url: string, options?: fhirclient.FetchOptions): Promise<R>;
  /** What a resource refers to at these paths, by reference. */
  getReferences(
    resource: fhirclient.FHIR.Resource,
    paths: string[],
    options?: fhirclient.FetchOptions,
  ): Promise<Record<string, any>>;
  /** Puts what a resource refers to at these paths in its place. */
  resolveReferences(
    resource: fhirclient.FHIR.Resource,
    paths: string[],
    options?: fhirclient.FetchOptions,
  ): Promise<void>;
  /** A Bundle and the pages behind it; `limit` is of pages. */
  pages<T = any>(
    bundleOrUrl: fhirclient.FHIR.Resource | string | URL,
    options?: fhirclient.FetchOptions & { limit?: number | undefined },
  ): AsyncGenerator<T, void>;
  /** The resources of a Bundle and of the pages behind it; `limit` is of resources. */
  resources<T = any>(
    bundleOrUrl: fhirclient.FHIR.Resource | string | URL,
    options?: fhirclient.FetchOptions & { limit?: number | undefined },
  ): AsyncGenerator<T, void>;
  /** `fhirVersion` of the server's CapabilityStatement. */
  getFhirVersion(): Promise<string>;
  /** 2 for DSTU2, 3 for STU3, 4 for R4, 0 for others. */
  getFhirRelease(): Promise<number>;
}

/** What `oauth2.ready()`, `oauth2.init()` and `client()` give. */
export declare class Client extends FhirClient {
  private constructor();
  /** The client of `createSmartClient` that this one uses; `null` without a sign-in. For `logout()`, `can()` and events. */
  readonly smart: SmartClient | null;
  readonly state: Readonly<fhirclient.ClientState>;
  patient: {
    readonly id: string | null;
    read: fhirclient.RequestFunction<fhirclient.FHIR.Patient>;
    /** Restricted to the patient, by the search parameter that the server's CapabilityStatement names. */
    request<R = fhirclient.FetchResult>(
      target: string | URL | fhirclient.RequestOptions,
      options?: fhirclient.FhirOptions,
    ): Promise<R>;
  };
  encounter: {
    readonly id: string | null;
    read: fhirclient.RequestFunction<fhirclient.FHIR.Encounter>;
  };
  /** Who signed in, as the verified ID token says. */
  user: {
    readonly id: string | null;
    /** As `Practitioner/abc`. */
    readonly fhirUser: string | null;
    readonly resourceType: string | null;
    read: fhirclient.RequestFunction<
      fhirclient.FHIR.Patient | fhirclient.FHIR.Practitioner | fhirclient.FHIR.RelatedPerson
    >;
  };
  units: {
    cm(quantity: fhirclient.CodeValue): number;
    kg(quantity: fhirclient.CodeValue): number;
    any(quantity: fhirclient.CodeValue): number;
  };
  /**
   * Calls the FHIR API.
   *
   * @example
   * import { oauth2 } from 'smart-launch/fhirclient';
   * const client = await oauth2.ready();
   * const observations = await client.request(`Observation?patient=${client.patient.id}`, { pageLimit: 0, flat: true });
   */
  request<T = any>(target: string | URL | fhirclient.RequestOptions, options?: fhirclient.FhirOptions): Promise<T>;
  getPatientId(): string | null;
  getEncounterId(): string | null;
  /** Claims of the ID token, which was verified. */
  getIdToken(): fhirclient.IDToken | null;
  getFhirUser(): string | null;
  getUserId(): string | null;
  getUserType(): string | null;
  /** Of now: {@link SmartClient.getAccessToken} renews the token where that is needed. */
  getAuthorizationHeader(): string | null;
  getState(path?: string): any;
  /** Of the options `signal` counts. */
  refresh(options?: fhirclient.FetchOptions): Promise<fhirclient.ClientState>;
  /** Of the options `signal` counts. */
  refreshIfNeeded(options?: fhirclient.FetchOptions): Promise<fhirclient.ClientState>;
  getPath(value: Record<string, any>, path?: string): any;
  byCode(
    observations: fhirclient.FHIR.Observation | fhirclient.FHIR.Observation[],
    property: string,
  ): fhirclient.ObservationMap;
  byCodes(
    observations: fhirclient.FHIR.Observation | fhirclient.FHIR.Observation[],
    property: string,
  ): (...codes: string[]) => any[];
}

/** Types under the names that apps know. */
export declare namespace fhirclient {
  interface SMART {
    /** What holds. Setting what cannot be so rejects the next call with `config_invalid`. */
    settings: BrowserFHIRSettings;
    /**
     * Leaves the page for the server: an EHR launch if the page's URL is one. Of several options those are taken that name
     * the server which launches.
     *
     * @throws {SmartError} `config_invalid`, `issuer_not_allowed` and what {@link SmartClient.authorize} throws.
     */
    authorize(options: AuthorizeParams | AuthorizeParams[]): Promise<string | void>;
    /**
     * Finishes the sign-in, or restores the session.
     *
     * @throws {SmartError} `signed_out` (nobody is signed in) and what {@link SmartClient.ready} throws.
     */
    ready<T>(onSuccess: (client: Client) => T, onError?: (error: Error) => T): Promise<T>;
    ready(options?: ReadyOptions): Promise<Client>;
    /** {@link SMART.ready} where somebody is signed in, else {@link SMART.authorize}. */
    init(options: AuthorizeParams | AuthorizeParams[], readyOptions?: ReadyOptions): Promise<Client>;
  }

  interface BrowserFHIRSettings {
    replaceBrowserHistory?: boolean | undefined;
    fullSessionStorageSupport?: boolean | undefined;
    refreshTokenWithCredentials?: 'omit' | 'same-origin' | 'include' | undefined;
    refreshTokenWithClientId?: boolean | undefined;
  }

  interface AuthorizeParams {
    clientId?: string | undefined;
    /** The same as `clientId`. */
    client_id?: string | undefined;
    scope?: string | undefined;
    /** Relative to the page; its directory where none is given. */
    redirectUri?: string | undefined;
    /** The same as `redirectUri`. */
    redirect_uri?: string | undefined;
    /** FHIR base URL: the server to sign in to, and the only one that may launch. */
    iss?: string | undefined;
    /**
     * Which servers may launch: one, or those of a pattern or a function. All that a pattern admits are trusted alike; one
     * that does not name their host is refused.
     */
    issMatch?: string | RegExp | ((iss: string) => boolean) | undefined;
    /**
     * DANGER: sign in to whichever server a launch URL names. Anybody can make such a URL, and a server of theirs can have
     * the user sign in at another and be given the code. For development. Default `false`.
     */
    dangerouslyAllowAnyIss?: boolean | undefined;
    /** Launch handle, where it is not in the page's URL. */
    launch?: string | undefined;
    /** Resolves with the URL instead of going there. */
    noRedirect?: boolean | undefined;
    /** `popup` and `_blank` sign in through a popup; then this window goes to `redirectUri`. */
    target?: WindowTarget | undefined;
    /** The popup has a size of its own. */
    width?: number | undefined;
    height?: number | undefined;
    completeInTarget?: boolean | undefined;
    /** S256 is always sent; `unsafeV1` accepts a server whose metadata does not list it. */
    pkceMode?: PkceMode | undefined;
    /** Refused: a page keeps no secret. */
    clientSecret?: undefined;
    clientPrivateJwk?: undefined;
    clientPublicKeySetUrl?: undefined;
    /** Refused: for a server without sign-in there is {@link client}. */
    fhirServiceUrl?: undefined;
    fakeTokenResponse?: undefined;
    patientId?: undefined;
    encounterId?: undefined;
    /** Refused: `state` is known to the library alone. */
    stateKey?: undefined;
    /** Refused: the library reads the metadata itself. */
    wellKnownRequestOptions?: undefined;
    conformanceRequestOptions?: undefined;
  }

  interface ReadyOptions {
    /** The code of a callback that is not the page's URL. */
    code?: string | undefined;
    /** Its `state`. */
    stateKey?: string | undefined;
    privateKey?: undefined;
    clientPublicKeySetUrl?: undefined;
  }

  type PkceMode = 'ifSupported' | 'required' | 'unsafeV1';
  type codeChallengeMethod = 'S256';
  type WindowTarget = '_self' | 'popup' | '_blank';

  interface ClientState {
    /** Unique to the sign-in: for what an app keeps of a patient. */
    key?: string | undefined;
    serverUrl: string;
    clientId?: string | undefined;
    redirectUri?: string | undefined;
    /** Scopes asked for. */
    scope?: string | undefined;
    tokenResponse?: TokenResponse | undefined;
    /** Seconds since 1970. */
    expiresAt?: number | undefined;
    authorizeUri?: string | undefined;
    /** Where `FHIR.client(state)` renews the token of a state with a refresh token. */
    tokenUri?: string | undefined;
    registrationUri?: string | undefined;
    codeChallengeMethods?: string[] | undefined;
    completeInTarget?: boolean | undefined;
    codeChallenge?: string | undefined;
    codeVerifier?: string | undefined;
    username?: string | undefined;
    password?: string | undefined;
  }

  /** The tokens answer to their names, and show in no log, spread or JSON. */
  interface TokenResponse {
    readonly access_token?: string;
    readonly refresh_token?: string;
    readonly id_token?: string;
    readonly token_type?: string;
    readonly expires_in?: number;
    readonly scope?: string;
    readonly patient?: string;
    readonly encounter?: string;
    readonly need_patient_banner?: boolean;
    readonly smart_style_url?: string;
    readonly [member: string]: any;
  }

  /** Claims of an ID token; what is in it depends on the server. */
  interface IDToken {
    iss: string;
    sub: string;
    /** A list where the server names several. */
    aud: any;
    iat: number;
    exp: number;
    fhirUser?: any;
    /** What `fhirUser` was called before. */
    profile?: any;
    [claim: string]: any;
  }

  interface FetchOptions extends RequestInit {
    /** Gives `{ body, response }` instead of the body. */
    includeResponse?: boolean | undefined;
  }

  interface RequestOptions extends FetchOptions {
    url: string | URL;
  }

  interface FhirOptions {
    /** Pages to read, 0 for all. With any number but 1 the result is a list. Default 1. */
    pageLimit?: number | undefined;
    /** Called with each page, and awaited; the request then gives `null`. */
    onPage?: (page: any, references?: any) => unknown;
    /** Resources instead of Bundles. */
    flat?: boolean | undefined;
    /** `false`: references are not put in place, but beside: `{ data, references }`. Default `true`. */
    graph?: boolean | undefined;
    /** Paths of references to resolve: `subject`, `performer.0`, `identifier..assigner`. */
    resolveReferences?: string | string[] | undefined;
    /** `false`: the token is not renewed for this request. Default `true`. */
    useRefreshToken?: boolean | undefined;
  }

  interface CombinedFetchResult<T = JsonObject | string> {
    body?: T;
    response: Response;
  }

  type FetchResult = Response | JsonObject | string | CombinedFetchResult;

  type Result<R, O> = O extends { includeResponse: true } ? CombinedFetchResult<R> : R;

  interface IncludeResponseHint {
    includeResponse?: boolean;
    [option: string]: any;
  }

  type RequestFunction<R = any> = <O extends FetchOptions = {}>(options?: O) => Promise<Result<R, O>>;

  interface CodeValue {
    code: string;
    value: number;
  }

  interface ObservationMap {
    [code: string]: FHIR.Observation[];
  }

  type JsonPrimitive = string | number | boolean | null;
  type JsonValue = JsonPrimitive | JsonArray | JsonObject;
  type JsonArray = JsonValue[];
  interface JsonObject {
    [name: string]: JsonValue;
  }

  type JsonPatch = JsonPatchOperation[];
  type JsonPatchOperation =
    | JsonPatchAdd
    | JsonPatchReplace
    | JsonPatchTest
    | JsonPatchMove
    | JsonPatchCopy
    | JsonPatchRemove;
  interface JsonPatchAdd {
    op: 'add';
    path: string;
    value: unknown;
  }
  interface JsonPatchReplace {
    op: 'replace';
    path: string;
    value: unknown;
  }
  interface JsonPatchTest {
    op: 'test';
    path: string;
    value: unknown;
  }
  interface JsonPatchMove {
    op: 'move';
    path: string;
    from: string;
  }
  interface JsonPatchCopy {
    op: 'copy';
    path: string;
    from: string;
  }
  interface JsonPatchRemove {
    op: 'remove';
    path: string;
  }

  interface OAuthSecurityExtensions {
    registrationUri: string;
    authorizeUri: string;
    tokenUri: string;
    codeChallengeMethods: string[];
  }

  interface WellKnownSmartConfiguration {
    authorization_endpoint: string;
    token_endpoint: string;
    registration_endpoint?: string;
    management_endpoint?: string;
    introspection_endpoint?: string;
    revocation_endpoint?: string;
    code_challenge_methods_supported?: string[];
    token_endpoint_auth_methods?: string[];
    scopes_supported?: string[];
    response_types_supported?: string[];
    capabilities: string[];
  }

  /** As loose as apps that look into resources without a type for them need it. */
  namespace FHIR {
    type id = string;
    type uri = string;
    type code = string;
    type instant = string;
    type date = string;
    type dateTime = string;
    type unsignedInt = number;
    type valueX = `value${string}`;
    interface Element {
      id?: string;
      extension?: Extension[];
      [element: string]: any;
    }
    /** `Value` names the element of its value, for readers. */
    interface Extension<Value = valueX> extends Element {
      url: string;
    }
    interface BackboneElement extends Element {
      modifierExtension?: Extension[];
    }
    interface Quantity extends Element {
      value?: number;
      comparator?: string;
      unit?: string;
      system?: string;
      code?: string;
    }
    interface Resource {
      id?: string;
      resourceType?: string;
      meta?: Meta;
      implicitRules?: uri;
      language?: code;
      [element: string]: any;
    }
    interface Meta extends Element {
      lastUpdated?: any;
    }
    interface Patient extends Resource {
      resourceType: 'Patient';
    }
    interface Practitioner extends Resource {
      resourceType: 'Practitioner';
    }
    interface RelatedPerson extends Resource {
      resourceType: 'RelatedPerson';
    }
    interface Encounter extends Resource {
      resourceType: 'Encounter';
    }
    interface Observation extends Resource {
      resourceType: 'Observation';
    }
    interface CapabilityStatement extends Resource {
      fhirVersion: string;
      rest: Array<{
        security?: {
          cors?: boolean;
          extension?: Array<{ url: string; extension: Array<Extension<'valueUri'>> }>;
        };
        resource: Array<{ type: string }>;
      }>;
    }
    interface Bundle extends Resource {
      identifier?: Identifier;
      type: string;
      total?: unsignedInt;
      link: BundleLink[];
      entry?: BundleEntry[];
    }
    interface BundleLink extends BackboneElement {
      relation: string;
      url: uri;
    }
    interface BundleEntry extends BackboneElement {
      fullUrl: string;
      resource: Resource;
    }
    interface Period extends Element {
      start?: dateTime;
      end?: dateTime;
    }
    interface Coding extends Element {
      system?: uri;
      version?: string;
      code?: code;
      display?: string;
      userSelected?: boolean;
    }
    interface CodeableConcept extends Element {
      coding?: Coding[];
      text?: string;
    }
    interface Reference extends Element {
      reference?: string;
      identifier?: Identifier;
      display?: string;
    }
    interface Identifier extends Element {
      use?: 'usual' | 'official' | 'temp' | 'secondary';
      type?: CodeableConcept;
      system?: uri;
      value?: string;
      period?: Period;
      assigner?: Reference;
    }
  }
}
