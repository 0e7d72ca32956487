// Lists of scopes.

import { withSmartErrors } from '../error/create-error.js';
import { run } from './run-block.js';

/**
 * Returns the shortest equivalent list of scopes, in v2 syntax and sorted: `patient/Observation.r
 * patient/Observation.s` becomes `patient/Observation.rs`.
 *
 * @throws {SmartError} `config_invalid` for a scope that servers may ignore or refuse, such as `patient/Observation.sr`
 * (permissions out of order).
 */
export function normalizeScope(scope: string): Promise<string> {
  return withSmartErrors(() => run('scopes', { scope }))();
}

/** Whether granted scopes cover the needed ones, in any syntax (as `session.can`). */
export function scopeCovers(granted: string, needed: string): Promise<boolean> {
  return withSmartErrors(() => run('covers', { granted, needed }))();
}
