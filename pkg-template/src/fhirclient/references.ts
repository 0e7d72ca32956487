// Resolves references in resources. Resources are any JSON, hence `any`.

import type { Resource } from './fhir.js';
import { placesOf } from './path.js';

/** Reads the resource of a reference; `undefined` if there is none. */
type Read = (reference: string) => Promise<unknown>;

/**
 * Resolves the references of a resource, or of each resource in a Bundle, at these paths.
 *
 * @param replace whether to replace each reference by the resource
 */
export async function resolveReferences(resource: Resource, paths: string[], read: Read, replace: boolean): Promise<void> {
  if (resource.resourceType === 'Bundle') {
    for (const entry of resource.entry ?? []) {
      if (entry.resource) await resolveReferences(entry.resource, paths, read, replace);
    }
    return;
  }
  for (const group of byDepth(paths)) {
    const places = group.flatMap((path) => placesOf(resource, path.split('.')));
    await Promise.all(places.map(([holder, name]) => resolveReference(holder, name, read, replace)));
  }
}

async function resolveReference(holder: Record<string | number, any>, name: string | number, read: Read, replace: boolean) {
  const reference = holder[name]?.reference;
  // Contained resources are part of the resource already.
  if (typeof reference !== 'string' || reference.startsWith('#')) return;
  const referenced = await read(reference);
  if (referenced !== undefined && replace) holder[name] = referenced;
}

/** Paths without duplicates, grouped by depth, since a deeper path may lead through a reference. */
function byDepth(paths: string[]): string[][] {
  const groups: string[][] = [];
  for (const path of new Set(paths.map((path) => String(path).trim()).filter(Boolean))) {
    (groups[path.split('.').length] ??= []).push(path);
  }
  return groups.filter(Boolean);
}

/** Reads each reference once. */
export function createReader(request: Read) {
  const reads = new Map<string, Promise<unknown>>();
  const resources: Record<string, unknown> = {};
  const store = (reference: string, resource: unknown) => {
    if (resource === undefined) return resource;
    // Defined rather than assigned, because a server may send the reference `__proto__`.
    Object.defineProperty(resources, reference, { value: resource, configurable: true, enumerable: true, writable: true });
    return resource;
  };
  const unlessMissing = (error: { status?: unknown } | undefined) => {
    if (error?.status !== 404) throw error;
  };
  return {
    read(reference: string): Promise<unknown> {
      let reading = reads.get(reference);
      if (!reading) {
        reading = request(reference).then((resource) => store(reference, resource), unlessMissing);
        reads.set(reference, reading);
      }
      return reading;
    },
    /** The resources by reference. `onPage` gets this same object for every page: a copy would cost more with each page. */
    resources: () => resources,
  };
}
