// The URL at the server at which a sign-in begins.

import type { Failure } from '../error/failure.js';
import { pageUrl } from '../page/address.js';
import { fieldsOf, partsOf } from '../page/url-parts.js';
import { plain } from '../values/plain.js';
import type { ServerAuthorizeOptions } from './server-session-client.js';

/**
 * The route of a sign-in, and the fields of its query.
 *
 * @throws {Failure} `config_invalid`
 */
export function signInUrl(
  base: string,
  options: ServerAuthorizeOptions,
): { readonly url: string; readonly fields: URLSearchParams } {
  const { iss, launch, returnTo, ...unknownOptions } = plain({ ...options });
  const [unknownName] = Object.keys(unknownOptions);
  if (unknownName !== undefined) {
    throw { code: 'config_invalid', about: `setting \`${unknownName}\` is not for a page` } satisfies Failure;
  }
  const pageLaunch = iss === undefined && launch === undefined ? launchFields() : undefined;
  const fields = new URLSearchParams(pageLaunch);
  if (iss !== undefined) fields.set('iss', String(iss));
  if (launch !== undefined) fields.set('launch', String(launch));
  const isLogin = !pageLaunch && launch === undefined;
  if (isLogin) fields.set('returnTo', String(returnTo ?? pageUrl()));
  return { url: `${base}/${isLogin ? 'login' : 'launch'}`, fields };
}

/** The parameters of the EHR launch in the page's URL, if there is one. The server refuses repeated parameters. */
function launchFields(): [string, string][] | undefined {
  const { query, route, fields } = partsOf(pageUrl() ?? '');
  const launch = [query, route && fields].map(fieldsOf).find((part) => part.has('iss') && part.has('launch'));
  return launch && ['iss', 'launch'].flatMap((name) => launch.getAll(name).map((value): [string, string] => [name, value ?? '']));
}
