/** JSON Patch (RFC 6902) of a resource, by the library `rfc6902`. */

import { applyPatch } from 'rfc6902';
import { isShallow, MAX_RESOURCE_BYTES } from '../body.mjs';
import { isObject } from './elements.mjs';
import { invalid, Outcome } from './outcome.mjs';
import { JSON_PATCH } from './request.mjs';

const OPERATIONS = ['add', 'remove', 'replace', 'move', 'copy', 'test'];
const UNSAFE = /(?:^|\/)(?:__proto__|constructor|prototype)(?:\/|$)/;

/**
 * @param {object} resource
 * @param {import('./request.mjs').Body} [body]
 * @returns {unknown} the changed copy
 * @throws {Outcome} 415, 400; 413 if the result is too large; 422 if an operation fails
 */
export function patched(resource, body) {
  if (body?.type !== JSON_PATCH) {
    throw new Outcome(415, 'not-supported', `The body must be a JSON Patch, with Content-Type '${JSON_PATCH}'.`, {
      'Accept-Patch': JSON_PATCH,
    });
  }
  if (!Array.isArray(body.json)) throw invalid(400, 'A JSON Patch is a list of operations.');
  const operations = body.json.map(checkedOperation);
  const copy = structuredClone(resource);
  const index = operations.findIndex((operation) => {
    const [error] = applyPatch(copy, [operation]);
    // A few copies can double the size many times.
    if (operation.op === 'copy') limitSize(copy);
    return error !== null;
  });
  const failed = operations[index];
  if (failed) {
    const reason = failed.op === 'test' ? 'The value differs' : 'There is no such element';
    throw new Outcome(422, 'processing', `${reason}: operation ${index + 1}, '${failed.op}' with the path '${failed.path}'.`);
  }
  limitSize(copy);
  return copy;
}

/** @param {unknown} resource */
function limitSize(resource) {
  if (isShallow(resource) && JSON.stringify(resource).length <= MAX_RESOURCE_BYTES) return;
  throw invalid(413, 'The patched resource is too large.');
}

/** @param {unknown} value @param {number} index @returns {import('rfc6902').Operation} */
function checkedOperation(value, index) {
  const { op, path, from } = isObject(value) ? value : {};
  const isKnown = typeof op === 'string' && OPERATIONS.includes(op);
  const pointers = op === 'move' || op === 'copy' ? [path, from] : [path];
  if (!isKnown || !pointers.every((pointer) => typeof pointer === 'string' && pointer.startsWith('/') && !UNSAFE.test(pointer))) {
    throw invalid(400, `Operation ${index + 1} of the patch needs 'op' and 'path', such as '/status'.`);
  }
  return /** @type {import('rfc6902').Operation} */ (value);
}
