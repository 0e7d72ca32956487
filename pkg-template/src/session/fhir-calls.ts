// The interface of the FHIR calls: `pages`, `create`, `update`, `patch`, `delete` and `session.user()`.

import type { AbortSignal, URL } from '../values/platform.js';
import type { SmartError } from '../error/smart-error.js';

/** Interactions of the FHIR API ("RESTful API"). The types of resources are the app's choice, for instance those of `@types/fhir`. */
export interface FhirCalls {
  /**
   * Reads the pages of a search, a history or any other Bundle, one after the other: the next page is read when the loop asks for
   * it. End the loop with `break` if no more are needed.
   *
   * @throws {SmartError} from the loop: `bundle_invalid` for a response that is not a Bundle, for an `entry` or `link` that cannot be
   * read, and for a `next` link that leads back to an earlier page; `too_many_pages` when the loop asks for more than `limit`, so
   * that an incomplete result is not mistaken for a complete one; `signed_out` if another sign-in has replaced the session of the
   * first page; and the errors of {@link SmartClient.request}, such as `origin_not_allowed` for a `next` link outside the FHIR
   * base.
   * @example
   * for await (const { entry = [] } of smart.pages<fhir4.Bundle<fhir4.Observation>>('Observation?category=vital-signs')) {
   *   for (const { resource } of entry) show(resource?.valueQuantity);
   * }
   */
  pages<T = FhirBundle>(url: string | URL, options?: PagesOptions): AsyncGenerator<T, void, undefined>;

  /**
   * Creates a resource ("create"). The server chooses its id. After a 401 response the request is not sent again with a new
   * token.
   *
   * @throws {SmartError} `http_status` (412: several resources match `ifNoneExist`; 400 or 422: the server does not accept the
   * resource, see `operationOutcome`), `config_invalid`; and the errors of {@link SmartClient.request}. After `network`, `timeout`,
   * `aborted`, and `json_invalid` with a `status` of 2xx, the resource may have been created.
   * @example
   * const { id } = await smart.create({ resourceType: 'Observation', status: 'final', code: { text: 'Pain' }, valueInteger: 3 });
   */
  create<T extends FhirResource>(resource: T, options?: CreateOptions): Promise<FhirWrite<T>>;

  /**
   * Replaces a resource ("update"). If it has a `meta.versionId`, that is sent as `If-Match`: the server refuses the update if
   * somebody has changed the resource since it was read.
   *
   * @throws {SmartError} `http_status` (412, from some servers 409: the resource has another version now), `config_invalid`; and
   * the errors of {@link SmartClient.request}.
   * @example
   * const patient = await smart.request<fhir4.Patient>(`Patient/${session.patient}`);
   * await smart.update({ ...patient, active: true });
   */
  update<T extends FhirResource>(resource: T, options?: UpdateOptions): Promise<FhirWrite<T>>;

  /**
   * Changes parts of a resource ("patch") with a JSON Patch (RFC 6902). After a 401 response the request is not sent again with a
   * new token.
   *
   * @param reference of one resource: `Observation/1`, or its URL
   * @throws {SmartError} `http_status` (412, 409: the resource has another version than `ifMatch`; 422: an operation cannot be
   * applied), `config_invalid`; and the errors of {@link SmartClient.request}.
   * @example
   * await smart.patch('Observation/1', [{ op: 'replace', path: '/status', value: 'amended' }]);
   */
  patch<T extends FhirResource = FhirResource>(
    reference: string | URL,
    operations: readonly JsonPatchOperation[],
    options?: PatchOptions,
  ): Promise<FhirWrite<T>>;

  /**
   * Deletes a resource ("delete"). To delete by a search ("conditional delete"), use {@link SmartClient.request}.
   *
   * @param reference of one resource: `Observation/1`, or its URL
   * @throws {SmartError} `http_status` (404; 409: other resources refer to it), `config_invalid`; and the errors of
   * {@link SmartClient.request}.
   */
  delete(reference: string | URL, options?: DeleteOptions): Promise<FhirWrite<never>>;
}

/** A FHIR resource. */
export interface FhirResource {
  readonly resourceType: string;
  readonly id?: string | undefined;
  readonly meta?: { readonly versionId?: string | undefined } | undefined;
}

/** A Bundle, with members that a page of a search may have. */
export interface FhirBundle {
  readonly resourceType: 'Bundle';
  readonly total?: number;
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
  readonly entry?: readonly { readonly fullUrl?: string; readonly resource?: FhirResource }[];
}

export interface PagesOptions {
  /** Maximum number of pages. Default 1000. */
  limit?: number | undefined;
  /** If the signal is aborted, the request in progress ends, and the loop throws. */
  signal?: AbortSignal | undefined;
}

/** Options of {@link SmartSession.user}. */
export interface UserOptions {
  signal?: AbortSignal | undefined;
}

export interface DeleteOptions {
  /** The version that is deleted. Default: any. */
  ifMatch?: string | undefined;
  signal?: AbortSignal | undefined;
}

interface WriteOptions {
  signal?: AbortSignal | undefined;
  /**
   * What the response should contain, sent as `Prefer: return=…`: nothing, the whole resource, or messages. Default: the header is
   * not sent, and the server chooses. A server at another origin has to permit the header (CORS).
   */
  prefer?: 'minimal' | 'representation' | 'OperationOutcome' | undefined;
}

export interface CreateOptions extends WriteOptions {
  /**
   * Search parameters, such as `identifier=https://app.example/ids|42`, sent as `If-None-Exist` ("conditional create"): if a
   * resource matches, none is created, and the status is 200. So a create whose response was lost can be repeated.
   */
  ifNoneExist?: string | undefined;
}

export interface UpdateOptions extends WriteOptions {
  /** The version that the update replaces. Default: `meta.versionId` of the resource. `false`: any version is replaced. */
  ifMatch?: string | false | undefined;
}

export interface PatchOptions extends WriteOptions {
  /** The version to which the operations are applied. Default: any. */
  ifMatch?: string | undefined;
}

/** An operation of a JSON Patch (RFC 6902 §4). */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly from: string; readonly path: string };

/** The response to a write that the server has accepted. */
export interface FhirWrite<T> {
  /** HTTP status: 201 if a resource was created; 200, 202 or 204 otherwise. */
  readonly status: number;
  /**
   * The id of the resource. For {@link FhirCalls.create} it is that of the returned resource, else that in `Location`; `null` if
   * the response has neither, or a server at another origin does not expose `Location` (CORS).
   */
  readonly id: string | null;
  /** The new version, from the returned resource, `ETag` or `Location`; `null` if none of them states it. */
  readonly versionId: string | null;
  /** The resource as the server has stored it; `null` if the response does not contain it. */
  readonly resource: T | null;
  /** Messages of the server, if the response contains them in place of the resource. */
  readonly operationOutcome: NonNullable<SmartError['operationOutcome']> | null;
}
