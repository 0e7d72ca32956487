// @ts-nocheck
// References of resources, and what they refer to.

import { placesOf } from './path.js';

/**
 * Reads what a resource, or each in a Bundle, refers to at these paths.
 *
 * @param {object} resource
 * @param {string[]} paths
 * @param {(reference: string) => Promise<object | undefined>} read `undefined`: it is not there
 * @param {boolean} mount put it in the reference's place
 */
export async function follow(resource, paths, read, mount) {
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

async function followOne(holder, name, read, mount) {
  const reference = holder[name]?.reference;
  // What is contained is there.
  if (typeof reference !== 'string' || reference.startsWith('#')) return;
  const found = await read(reference);
  if (found !== undefined && mount) holder[name] = found;
}

/** Paths each once, those that others lead through first. */
function byDepth(paths) {
  const groups = [];
  for (const path of new Set(paths.map((path) => String(path).trim()).filter(Boolean))) {
    (groups[path.split('.').length] ??= []).push(path);
  }
  return groups.filter(Boolean);
}

/**
 * Reads each reference once.
 *
 * @param {(reference: string) => Promise<object>} request
 */
export function createReader(request) {
  const reads = new Map();
  const all = {};
  const keep = (reference, resource) => {
    if (resource === undefined) return resource;
    // Not set, for a server may name it `__proto__`.
    Object.defineProperty(all, reference, { value: resource, configurable: true, enumerable: true, writable: true });
    return resource;
  };
  const unlessMissing = (error) => {
    if (error?.status !== 404) throw error;
  };
  return {
    read(reference) {
      if (!reads.has(reference)) {
        const reading = request(reference).then((resource) => keep(reference, resource), unlessMissing);
        reads.set(reference, reading);
      }
      return reads.get(reference);
    },
    /** What was found, by reference: one object that grows, or each page would cost as much as all before it. */
    found: () => all,
  };
}
