// References of resources, and what they refer to.

import type { Resource } from './fhir.js';
import { placesOf } from './path.js';

/** Reads what a reference names; `undefined`: it is not there. */
type Read = (reference: string) => Promise<unknown>;

/**
 * Reads what a resource, or each in a Bundle, refers to at these paths.
 *
 * @param mount put it in the reference's place
 */
export async function follow(resource: Resource, paths: string[], read: Read, mount: boolean): Promise<void> {
  if (resource.resourceType === 'Bundle') {
    for (const entry of resource.entry ?? []) {
      if (entry.resource) await follow(entry.resource, paths, read, mount);
    }
    return;
  }
  for (const group of byDepth(paths)) {
    const places = group.flatMap((path) => placesOf(resource, path.split('.')));
    await Promise.all(places.map(([holder, name]) => followOne(holder, name, read, mount)));
  }
}

async function followOne(holder: Record<string | number, any>, name: string | number, read: Read, mount: boolean) {
  const reference = holder[name]?.reference;
  // What is contained is there.
  if (typeof reference !== 'string' || reference.startsWith('#')) return;
  const found = await read(reference);
  if (found !== undefined && mount) holder[name] = found;
}

/** Paths each once, those that others lead through first. */
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
  const all: Record<string, unknown> = {};
  const keep = (reference: string, resource: unknown) => {
    if (resource === undefined) return resource;
    // Not set, for a server may name it `__proto__`.
    Object.defineProperty(all, reference, { value: resource, configurable: true, enumerable: true, writable: true });
    return resource;
  };
  const unlessMissing = (error: { status?: unknown } | undefined) => {
    if (error?.status !== 404) throw error;
  };
  return {
    read(reference: string): Promise<unknown> {
      let reading = reads.get(reference);
      if (!reading) {
        reading = request(reference).then((resource) => keep(reference, resource), unlessMissing);
        reads.set(reference, reading);
      }
      return reading;
    },
    /** What was found, by reference: one object that grows, or each page would cost as much as all before it. */
    found: () => all,
  };
}
