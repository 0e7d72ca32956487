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
export function signInUrl(base: string, wanted: ServerAuthorizeOptions): { readonly url: string; readonly fields: URLSearchParams } {
  const { iss, launch, returnTo, ...others } = plain({ ...wanted });
  const [other] = Object.keys(others);
  if (other !== undefined) {
    throw { code: 'config_invalid', about: `setting \`${other}\` is one of the server` } satisfies Failure;
  }
  const own = iss === undefined && launch === undefined ? launchFields() : undefined;
  const fields = new URLSearchParams(own);
  if (iss !== undefined) fields.set('iss', String(iss));
  if (launch !== undefined) fields.set('launch', String(launch));
  const isLogin = !own && launch === undefined;
  if (isLogin) fields.set('returnTo', String(returnTo ?? pageUrl()));
  return { url: `${base}/${isLogin ? 'login' : 'launch'}`, fields };
}

/** The parameters of the EHR launch in the page's URL, if it is one. The server refuses repeated ones. */
function launchFields(): [string, string][] | undefined {
  const { query, route, fields } = partsOf(pageUrl() ?? '');
  const found = [query, route && fields].map(fieldsOf).find((part) => part.has('iss') && part.has('launch'));
  return found && ['iss', 'launch'].flatMap((name) => found.getAll(name).map((value): [string, string] => [name, value ?? '']));
}
