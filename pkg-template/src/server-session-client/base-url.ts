// The URL of the routes of the server.

import type { Failure } from '../error/failure.js';
import { pageUrl } from '../page/address.js';

/**
 * The option `baseUrl` as a URL, without a slash at its end.
 *
 * @throws {Failure} `config_invalid`
 */
export function baseUrlOf(baseUrl: unknown): string {
  // The page's path may change, so a path has to begin with a slash.
  const isPathOrUrl = /^(?:\/|https?:)/i.test(String(baseUrl));
  const url = isPathOrUrl && URL.canParse(String(baseUrl), pageUrl()) ? new URL(String(baseUrl), pageUrl()) : undefined;
  const about = '`baseUrl` is neither a path that begins with `/` nor a URL of the origin of this page';
  if (!url || url.origin !== globalThis.location?.origin || url.search || url.hash || url.username || url.password) {
    throw { code: 'config_invalid', about } satisfies Failure;
  }
  return url.href.replace(/\/$/, '');
}
