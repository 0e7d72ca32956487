// Launch URLs.

import { withSmartErrors } from '../error/create-error.js';
import type { URL } from '../values/platform.js';
import { run } from './run-block.js';

/**
 * Reads `iss` and `launch` from a launch URL; returns `null` for any other URL. Compare `iss` with the servers that you trust.
 *
 * @throws {SmartError} `callback_duplicate_param`; `launch_invalid`; `issuer_not_allowed` or `endpoint_scheme` if `iss` is
 * neither an https URL nor an http URL of this machine.
 */
export function parseLaunch(url: string | URL): Promise<{ readonly iss: string; readonly launch: string } | null> {
  return withSmartErrors(() => run('launch', { url: String(url) }))();
}
