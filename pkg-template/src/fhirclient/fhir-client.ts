// A client of a FHIR server, without a session.

import type * as platform from '../values/platform.js';
import { capabilityStatement, release } from './conformance.js';
import { fetchResponse } from './fetch.js';
import type { Bundle, Resource } from './fhir.js';
import type { Send } from './http.js';
import { absolute, exchange, headersOf } from './http.js';
import type { JsonPatch } from './json-patch.js';
import { getPath } from './path.js';
import { createReader, resolveReferences } from './references.js';
import { refusal } from './refusal.js';
import type { FetchOptions, Result } from './request-options.js';

/** Key of the function that sends requests. It is not a private member, because apps wrap clients in proxies and clone them. */
const SEND = Symbol('send');

/**
 * A client of a FHIR server, without a session.
 *
 * @example
 * import { FhirClient } from 'smart-launch/fhirclient';
 * for await (const patient of new FhirClient('https://r4.example/fhir').resources('Patient')) console.log(patient);
 */
export class FhirClient {
  declare readonly fhirBaseUrl: string;
  /** @internal */
  declare readonly [SEND]: Send;

  constructor(fhirBaseUrl: string);
  /** @internal */
  constructor(fhirBaseUrl: string, send: Send);
  constructor(fhirBaseUrl: string, send = fetchResponse) {
    if (!/^https?:\/\/./.test(fhirBaseUrl)) {
      throw refusal('the FHIR base is not an http or https URL', 'Pass a string such as `https://ehr.example/fhir`.');
    }
    this.fhirBaseUrl = fhirBaseUrl;
    this[SEND] = send;
  }

  /** Options of every request, for a class that extends this one. */
  async getRequestDefaults(): Promise<Partial<FetchOptions>> {
    return {};
  }

  /** Sends a request and returns the parsed JSON or the text of the response; for any other content type the Response itself. */
  async fhirRequest<T = any>(url: string | platform.URL, options: FetchOptions = {}): Promise<T> {
    const { includeResponse, ...init } = await withDefaults(this, options);
    const { response, body } = await exchange(this[SEND], absolute(String(url), this.fhirBaseUrl), init);
    // The app states the type of the result by the type parameter.
    if (includeResponse) return { body, response } as T;
    return (body === undefined ? response : body) as T;
  }

  async create<R = Resource, O extends FetchOptions = {}>(resource: Resource, options?: O): Promise<Result<R, O>> {
    checkResource(resource, ['resourceType']);
    return this.fhirRequest(String(resource.resourceType), writeOptions('POST', resource, 'application/json', options));
  }

  async update<R = Resource, O extends FetchOptions = {}>(resource: Resource, options?: O): Promise<Result<R, O>> {
    checkResource(resource, ['resourceType', 'id']);
    const url = `${resource.resourceType}/${resource.id}`;
    return this.fhirRequest(url, writeOptions('PUT', resource, 'application/json', options));
  }

  /** Sends a JSON Patch (RFC 6902) with at least one operation. */
  async patch<R = Resource>(url: string, patch: JsonPatch, options?: FetchOptions): Promise<R> {
    checkPatch(patch);
    const init = writeOptions('PATCH', patch, 'application/json-patch+json; charset=UTF-8', options);
    if (!init.headers.has('prefer')) init.headers.set('prefer', 'return=representation');
    return this.fhirRequest(url, init);
  }

  async delete<R = unknown>(url: string, options?: FetchOptions): Promise<R> {
    return this.fhirRequest(url, { ...options, method: 'DELETE' });
  }

  /** Reads the resources to which the references at these paths point. The keys of the result are the references. */
  async getReferences(resource: Resource, paths: string[], options?: FetchOptions): Promise<Record<string, any>> {
    const { read, resources } = readerOf(this, options);
    await resolveReferences(resource, paths, read, false);
    return resources();
  }

  /** Replaces the references at these paths by the resources to which they point. */
  async resolveReferences(resource: Resource, paths: string[], options?: FetchOptions): Promise<void> {
    await resolveReferences(resource, paths, readerOf(this, options).read, true);
  }

  /** Yields a Bundle and its following pages; `limit` is a number of pages. */
  async *pages<T = any>(
    bundleOrUrl: Resource | string | platform.URL,
    options: FetchOptions & { limit?: number | undefined } = {},
  ): AsyncGenerator<T, void> {
    const { limit = Infinity, ...init } = options;
    const isUrl = typeof bundleOrUrl === 'string' || bundleOrUrl instanceof URL;
    // The app states the type of a page by the type parameter, hence `any`.
    let page: any = isUrl ? await this.fhirRequest(bundleOrUrl, init) : bundleOrUrl;
    for (let count = 1; page?.resourceType === 'Bundle'; count += 1) {
      yield page;
      const next = nextOf(page);
      if (!next || count >= (limit || Infinity) || init.signal?.aborted) return;
      page = await this.fhirRequest(next, init);
    }
  }

  /** Yields the resources of a Bundle and its following pages; `limit` is a number of resources. */
  async *resources<T = any>(
    bundleOrUrl: Resource | string | platform.URL,
    options: FetchOptions & { limit?: number | undefined } = {},
  ): AsyncGenerator<T, void> {
    const { limit, ...init } = options;
    let remaining = limit || Infinity;
    for await (const { entry = [] } of this.pages(bundleOrUrl, init)) {
      for (const { resource } of entry) {
        yield resource;
        if ((remaining -= 1) === 0) return;
      }
    }
  }

  /** `fhirVersion` of the server's CapabilityStatement. */
  async getFhirVersion(): Promise<string> {
    return getPath(await capabilityStatement(this.fhirBaseUrl), 'fhirVersion');
  }

  /** 2 for DSTU2, 3 for STU3, 4 for R4, 0 for others. */
  async getFhirRelease(): Promise<number> {
    return release(await this.getFhirVersion());
  }
}

/**
 * The URL of the next page.
 *
 * @internal
 */
export const nextOf = ({ link = [] }: Partial<Pick<Bundle, 'link'>>): string | undefined => link.find(({ relation }) => relation === 'next')?.url;

/**
 * Options of a request, with `getRequestDefaults()` as defaults.
 *
 * @internal
 */
export async function withDefaults<O extends FetchOptions>(client: FhirClient, { headers, ...options }: O) {
  const defaults = (await client.getRequestDefaults()) ?? {};
  const allHeaders = headersOf(defaults);
  headersOf(headers ? { headers } : {}).forEach((value, name) => allHeaders.set(name, value));
  return { ...defaults, ...options, headers: allHeaders };
}

function readerOf(client: FhirClient, options: FetchOptions | undefined) {
  return createReader((reference) => client.fhirRequest(reference, { ...options, includeResponse: false }));
}

/** Throws if a member is missing: the URL would contain `undefined`, and a PUT to it would create a resource with this id. */
function checkResource(resource: Resource, members: string[]): void {
  const missing = members.find((member) => !resource?.[member]);
  if (missing) throw refusal(`the resource has no \`${missing}\``, 'Pass the whole resource.');
}

const OPERATIONS: Readonly<Record<string, readonly string[]>> = {
  add: ['value'],
  replace: ['value'],
  test: ['value'],
  move: ['from'],
  copy: ['from'],
  remove: [],
};

/** Refuses a value that is not a JSON Patch (RFC 6902 §4), and a patch without operations. */
function checkPatch(patch: JsonPatch): void {
  // An app without TypeScript may pass anything.
  const isOperation = (operation: any) =>
    Object.hasOwn(OPERATIONS, operation?.op) &&
    typeof operation.path === 'string' &&
    OPERATIONS[operation.op]?.every((member) => operation[member] !== undefined);
  if (Array.isArray(patch) && patch.length > 0 && patch.every(isOperation)) return;
  throw refusal('the patch is not a list of operations', 'Pass a JSON Patch (RFC 6902) with at least one operation.');
}

function writeOptions(method: string, body: object, type: string, options: FetchOptions | undefined) {
  const headers = headersOf({ ...options });
  if (!headers.has('content-type')) headers.set('content-type', type);
  return { ...options, method, body: JSON.stringify(body), headers };
}
