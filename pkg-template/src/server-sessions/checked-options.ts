// The options of `createSmartServer` that are checked before the first request.

import { unsetCredential } from '../../../src/web/signing.js';
import type { SmartServerDefaults } from '../client/options.js';
import type { Failure } from '../error/failure.js';
import { isLoopbackHost } from '../values/loopback.js';
import type { RegisteredServerDefaults } from './server-options.js';
import type { FlowClient } from './sessions.js';

/** Refuses required options that are undefined, such as those from environment variables that are not set. */
export function expectSet(required: Readonly<Record<string, unknown>>): void {
  const unset = Object.keys(required).find((name) => required[name] === undefined);
  if (unset !== undefined) throw { code: 'config_invalid', about: `\`${unset}\` is undefined` } satisfies Failure;
}

/** The options of one server for the engine. */
export function clientOf(options: RegisteredServerDefaults, baseUrl: string): FlowClient {
  expectSet({ clientId: options.clientId });
  const about = unsetCredential(options.clientAuth);
  if (about) throw { code: 'config_invalid', about } satisfies Failure;
  const callback = `${baseUrl}/callback`;
  const redirectUri = String(options.redirectUri ?? callback);
  if (redirectUri !== callback && !redirectUri.startsWith(`${callback}/`)) {
    throw { code: 'config_invalid', about: `\`redirectUri\` is not ${callback} or a URL below it` } satisfies Failure;
  }
  // Apps in JavaScript have no type checks.
  if (String((options as SmartServerDefaults).responseMode).startsWith('fragment')) {
    throw { code: 'config_invalid', about: '`responseMode` cannot be `fragment` on a server' } satisfies Failure;
  }
  if ('idleTimeoutSeconds' in options) {
    throw { code: 'config_invalid', about: '`idleTimeoutSeconds` is for sessions in a page; use `sessions.idleSeconds`' } satisfies Failure;
  }
  return { ...options, redirectUri } as FlowClient;
}

/** Checks the option `baseUrl`, and returns it as a URL. */
export function baseOf(given: unknown, allowsLoopback: boolean): URL {
  const text = String(given);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === 'http:' && allowsLoopback && isLoopbackHost(url.hostname);
  const isPlain = url && !url.search && !url.hash && !url.username && !url.password && url.pathname !== '/';
  if (!isPlain || !(url.protocol === 'https:' || isHttp)) {
    // `allowInsecureLoopback` permits http on this machine.
    throw { code: 'config_invalid', about: '`baseUrl` is not an https URL with a path and without query' } satisfies Failure;
  }
  return url;
}
