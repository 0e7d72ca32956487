// Lists of scopes.

import { withSmartErrors } from '../error/create-error.js';
import type { Failure } from '../error/failure.js';
import { run } from './run-block.js';

/**
 * Returns the shortest equivalent list of scopes, in v2 syntax and sorted: `patient/Observation.r
 * patient/Observation.s` becomes `patient/Observation.rs`.
 *
 * @throws {SmartError} `config_invalid` for a malformed scope, such as `patient/Observation.sr` (permissions out of order).
 */
export function normalizeScope(scope: string): Promise<string> {
  return withSmartErrors(() => run('scopes', { scope }))();
}

/**
 * Whether granted scopes cover the needed ones, in any syntax (as `session.can`).
 *
 * @throws {SmartError} `config_invalid` if an argument is not a string.
 */
export function scopeCovers(granted: string, needed: string): Promise<boolean> {
  return withSmartErrors(async () => {
    // Otherwise `undefined` would count as no scope, which is always covered.
    const isText = [granted, needed].every((scope: unknown) => typeof scope === 'string');
    if (!isText) throw { code: 'config_invalid', about: 'a scope is not text' } satisfies Failure;
    return run('covers', { granted, needed });
  })();
}
