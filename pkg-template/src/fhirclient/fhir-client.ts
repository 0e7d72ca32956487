// @ts-nocheck
// A client of a FHIR server, whoever is signed in.

import { capabilityStatement, release } from './conformance.js';
import { fetchResponse } from './fetch.js';
import { absolute, exchange, headersOf } from './http.js';
import { getPath } from './path.js';
import { createReader, follow } from './references.js';
import { refusal } from './refusal.js';

/** Where a client has how its requests travel. No private member: apps put clients into proxies, and clone them. */
const SEND = Symbol('send');

export class FhirClient {
  /**
   * @param {string} fhirBaseUrl
   * @param {(url: string, init: RequestInit) => Promise<Response>} [send] not for apps: how requests travel
   */
  constructor(fhirBaseUrl, send = fetchResponse) {
    if (!/^https?:\/\/./.test(fhirBaseUrl)) {
      throw refusal('the FHIR base is no http or https URL', 'Give it as a text: `https://ehr.example/fhir`.');
    }
    this.fhirBaseUrl = fhirBaseUrl;
    this[SEND] = send;
  }

  /** Options of every request, for classes that extend this one. */
  async getRequestDefaults() {
    return {};
  }

  async fhirRequest(url, options = {}) {
    const { includeResponse, ...init } = await withDefaults(this, options);
    const { response, body } = await exchange(this[SEND], absolute(String(url), this.fhirBaseUrl), init);
    if (includeResponse) return { body, response };
    return body === undefined ? response : body;
  }

  async create(resource, options) {
    checkResource(resource, ['resourceType']);
    return this.fhirRequest(resource.resourceType, writing('POST', resource, 'application/json', options));
  }

  async update(resource, options) {
    checkResource(resource, ['resourceType', 'id']);
    const url = `${resource.resourceType}/${resource.id}`;
    return this.fhirRequest(url, writing('PUT', resource, 'application/json', options));
  }

  async patch(url, patch, options) {
    checkPatch(patch);
    const init = writing('PATCH', patch, 'application/json-patch+json; charset=UTF-8', options);
    if (!init.headers.has('prefer')) init.headers.set('prefer', 'return=representation');
    return this.fhirRequest(url, init);
  }

  async delete(url, options) {
    return this.fhirRequest(url, { ...options, method: 'DELETE' });
  }

  async getReferences(resource, paths, options) {
    const { read, found } = readerOf(this, options);
    await follow(resource, paths, read, false);
    return found();
  }

  async resolveReferences(resource, paths, options) {
    await follow(resource, paths, readerOf(this, options).read, true);
  }


  async *pages(bundleOrUrl, { limit = Infinity, ...options } = {}) {
    const isUrl = typeof bundleOrUrl === 'string' || bundleOrUrl instanceof URL;
    let page = isUrl ? await this.fhirRequest(bundleOrUrl, options) : bundleOrUrl;
    for (let count = 1; page?.resourceType === 'Bundle'; count += 1) {
      yield page;
      const next = nextOf(page);
      if (!next || count >= (limit || Infinity) || options.signal?.aborted) return;
      page = await this.fhirRequest(next, options);
    }
  }

  async *resources(bundleOrUrl, { limit, ...options } = {}) {
    let left = limit || Infinity;
    for await (const { entry = [] } of this.pages(bundleOrUrl, options)) {
      for (const { resource } of entry) {
        yield resource;
        if ((left -= 1) === 0) return;
      }
    }
  }

  async getFhirVersion() {
    return getPath(await capabilityStatement(this.fhirBaseUrl), 'fhirVersion');
  }

  async getFhirRelease() {
    return release(await this.getFhirVersion());
  }
}

/** The URL of the page behind this one. */
export const nextOf = ({ link = [] }) => link.find(({ relation }) => relation === 'next')?.url;

/** Options of a request with those of every request beneath. */
export async function withDefaults(client, { headers, ...options }) {
  const defaults = (await client.getRequestDefaults()) ?? {};
  const all = headersOf(defaults);
  headersOf({ headers }).forEach((value, name) => all.set(name, value));
  return { ...defaults, ...options, headers: all };
}

function readerOf(client, options) {
  return createReader((reference) => client.fhirRequest(reference, { ...options, includeResponse: false }));
}

/** What is missing would be written as `undefined` into the URL: a PUT there makes such a resource. */
function checkResource(resource, members) {
  const missing = members.find((member) => !resource?.[member]);
  if (missing) throw refusal(`the resource has no \`${missing}\``, 'Give the whole resource.');
}

const OPERATIONS = {
  add: ['value'],
  replace: ['value'],
  test: ['value'],
  move: ['from'],
  copy: ['from'],
  remove: [],
};

/** Refuses what is no JSON Patch (RFC 6902 §4), or changes nothing. */
function checkPatch(patch) {
  const isOperation = (one) =>
    Object.hasOwn(OPERATIONS, one?.op) &&
    typeof one.path === 'string' &&
    OPERATIONS[one.op].every((member) => one[member] !== undefined);
  if (Array.isArray(patch) && patch.length > 0 && patch.every(isOperation)) return;
  throw refusal('the patch is no list of operations', 'Give a JSON Patch (RFC 6902) with one operation at least.');
}

function writing(method, body, type, options) {
  const headers = headersOf({ ...options });
  if (!headers.has('content-type')) headers.set('content-type', type);
  return { ...options, method, body: JSON.stringify(body), headers };
}
