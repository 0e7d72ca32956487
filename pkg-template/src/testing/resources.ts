// Responses of the fake client.

import type { Failure } from '../error/failure.js';
import type { FakeResource, FakeResources } from './fake-client.js';

/** The URL under the FHIR base, as `fetch` of a real client resolves it. */
export function urlUnder(serverUrl: string, address: string): URL {
  const base = serverUrl.replace(/\/$/, '');
  const url = URL.canParse(address, `${base}/`) ? new URL(address, `${base}/`) : undefined;
  if (!url || !/^(?:[/?#]|$)/.test(restOf(base, url.href) ?? '-')) throw { code: 'origin_not_allowed' } satisfies Failure;
  return url;
}

/** Responds to a request for a URL under the FHIR base. */
export async function respond(resources: FakeResources, request: Request, serverUrl: string): Promise<Response> {
  const base = serverUrl.replace(/\/$/, '');
  const result = typeof resources === 'function' ? await resources(request) : findResource(resources, request, base);
  // A Response of another realm, such as that of jsdom, is not `instanceof` the Response of this one.
  if ({}.toString.call(result) === '[object Response]') return result as Response;
  return result ? json(result, 200) : json(notFound(request, base), 404);
}

function findResource(resources: readonly FakeResource[], { method, url }: Request, base: string): object | undefined {
  const [type, id, ...furtherSegments] = (restOf(base, url) ?? '').split(/[?#]/, 1).join('').split('/').slice(1);
  if (method !== 'GET' || !type || !TYPE.test(type) || furtherSegments.length > 0) return undefined;
  const matching = resources.filter(({ resourceType }) => resourceType === type);
  return id ? matching.find((resource) => resource.id === id) : bundle(matching, base);
}

function bundle(resources: readonly FakeResource[], base: string): object {
  const entry = resources.map((resource) => ({
    ...(resource.id !== undefined && { fullUrl: `${base}/${resource.resourceType}/${resource.id}` }),
    resource,
    search: { mode: 'match' },
  }));
  // FHIR has no empty arrays.
  return { resourceType: 'Bundle', type: 'searchset', total: entry.length, ...(entry.length > 0 && { entry }) };
}

function notFound({ method, url }: Request, base: string): object {
  const diagnostics = `\`resources\` of the fake client has no response to ${method} ${restOf(base, url)?.slice(1) ?? url}`;
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'not-found', diagnostics }] };
}

const json = (body: object, status: number) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/fhir+json' } });

/** The rest of a URL after the FHIR base. */
function restOf(base: string, url: string): string | undefined {
  const { href } = new URL(base);
  const root = href.replace(/\/$/, '');
  return url.startsWith(root) ? url.slice(root.length) : undefined;
}

const TYPE = /^[A-Z][A-Za-z]*$/;
