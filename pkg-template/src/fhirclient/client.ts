// @ts-nocheck
// The client that apps get: the FHIR API in the context of a launch.

import { SmartError } from '../error/smart-error.js';
import { patientParameter } from './conformance.js';
import { FhirClient, nextOf, withDefaults } from './fhir-client.js';
import { absolute, exchange, headersOf } from './http.js';
import { byCode, byCodes } from './observations.js';
import { getPath } from './path.js';
import { createReader, follow } from './references.js';
import { refusal } from './refusal.js';
import { units } from './units.js';

/** Where a client has its connection. No private member: apps put clients into proxies, and clone them. */
const CONNECTION = Symbol('connection');

export class Client extends FhirClient {
  byCode = byCode;
  byCodes = byCodes;
  getPath = getPath;
  units = units;

  /** @param {import('./connection.js').Connection} connection */
  constructor(connection) {
    super(connection.state?.serverUrl, connection.send);
    const client = this;
    this[CONNECTION] = connection;
    this.state = connection.state;
    this.smart = connection.smart ?? null;

    const read = (what, url, options) => (url ? this.request({ ...options, url }) : Promise.reject(unavailable(what)));
    this.patient = {
      get id() {
        return client.getPatientId();
      },
      read: (options) => read('Patient', this.patient.id && `Patient/${this.patient.id}`, options),
      request: async (target, options) => this.request(await ofPatient(this, requestOf(target)), options),
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
      // By its whole URL: the same id at another server is another person.
      read: (options) => read('User', sessionOf(this)?.fhirUser, options),
    };
  }

  async request(target, options = {}) {
    const { url, includeResponse, ...init } = await withDefaults(this, requestOf(target));
    const { flat, onPage, useRefreshToken } = options;
    const pageLimit = options.pageLimit ?? 1;
    const graph = options.graph !== false;
    const paths = [options.resolveReferences || []].flat();
    const { send, sendAsIs } = this[CONNECTION];
    const ask = (url, init) =>
      exchange(useRefreshToken === false ? sendAsIs : send, absolute(String(url), this.fhirBaseUrl), init);
    /** What belongs to a request, but is not itself. */
    const more = { headers: withoutBody(init.headers), signal: init.signal };

    const { response, body } = await ask(url, init);
    const result = (value) => (includeResponse ? { body: value, response } : value);
    if (body === undefined) return includeResponse ? result(body) : response;
    if (typeof body !== 'object' || body === null) return result(body);

    const { read, found } = createReader(async (reference) => (await ask(reference, more)).body);
    const withReferences = (data) =>
      result(graph || paths.length === 0 ? data : { data, references: found() });

    if (body.resourceType !== 'Bundle') {
      await follow(body, paths, read, graph);
      return withReferences(body);
    }
    const pages = [];
    let page = body;
    for (let left = pageLimit; ; page = bundleOf((await ask(nextOf(page), more)).body)) {
      await follow(page, paths, read, graph);
      const shown = flat ? (page.entry ?? []).map(({ resource }) => resource) : page;
      if (onPage) await onPage(shown, found());
      else pages.push(shown);
      if ((left -= 1) === 0 || !nextOf(page)) break;
    }
    // Each page was shown; all of them may be more than there is room for.
    if (onPage) return result(null);
    return withReferences(pageLimit === 1 ? pages[0] : pages.flat());
  }


  getPatientId() {
    return this.state.tokenResponse?.patient || null;
  }

  getEncounterId() {
    return this.state.tokenResponse?.encounter || null;
  }

  /** The claims of the ID token, which was verified. */
  getIdToken() {
    return sessionOf(this)?.idToken ?? null;
  }

  getFhirUser() {
    return sessionOf(this)?.fhirUser?.split('/').slice(-2).join('/') ?? null;
  }

  getUserId() {
    return this.getFhirUser()?.split('/')[1] ?? null;
  }

  getUserType() {
    return this.getFhirUser()?.split('/')[0] ?? null;
  }

  getAuthorizationHeader() {
    return this[CONNECTION].authorization();
  }

  getState(path) {
    return getPath({ ...this.state }, path);
  }

  async refresh({ signal } = {}) {
    await this[CONNECTION].refresh({ signal });
    return this.state;
  }

  async refreshIfNeeded({ signal } = {}) {
    await this[CONNECTION].refreshIfNeeded({ signal });
    return this.state;
  }
}

const sessionOf = (client) => client.smart?.getState().session;

async function ofPatient(client, { url, ...init }) {
  const { id } = client.patient;
  if (!id) throw unavailable('Patient');
  const there = urlOf(absolute(String(url), client.fhirBaseUrl));
  const parameter = await patientParameter(client.fhirBaseUrl, there.pathname.split('/').pop());
  there.searchParams.set(parameter, id);
  return { ...init, url: there.href };
}

function urlOf(text) {
  try {
    return new URL(text);
  } catch {
    throw refusal('`url` is no URL', 'Give a path below the FHIR base, or a whole URL.');
  }
}

function requestOf(target) {
  const request = typeof target === 'string' || target instanceof URL ? { url: target } : { ...target };
  if (!request.url) throw refusal('`url` is missing', 'Give a URL, or options with a `url`.');
  return request;
}

function withoutBody(headers) {
  const others = headersOf({ headers });
  others.delete('content-type');
  return others;
}

function bundleOf(body) {
  if (body?.resourceType === 'Bundle') return body;
  const message = 'the next page is no Bundle';
  throw new SmartError({ code: 'content_type', message, hint: 'Tell the operator of the server.', fault: 'server' });
}

const unavailable = (what) =>
  refusal(`${what} is not available`, 'It comes with the sign-in: ask for the scope, such as `launch/patient`.');
