// The session of a page, from the server's data.

import type { Failure } from '../error/failure.js';
import { SmartError } from '../error/smart-error.js';
import { permission } from '../session/create-session.js';
import type { UserOptions } from '../session/fhir-calls.js';
import type { LateFhirCalls } from '../session/late-fhir-calls.js';
import { covers } from '../session/scopes.js';
import { deepFreeze } from '../values/freeze.js';
import type { PageSession } from './page-session.js';
import type { Answer } from './routes.js';

/**
 * Reads the session `of` from the server's data.
 *
 * @throws {Failure} `launch_context_invalid`
 */
export function sessionOf(of: string, { data: { id, ...data } }: Answer, user: LateFhirCalls['user']): PageSession {
  const { scopes, serverUrl, fhirUser } = data;
  if (id !== of || typeof serverUrl !== 'string' || !Array.isArray(scopes) || !scopes.every((scope) => typeof scope === 'string')) {
    throw { code: 'launch_context_invalid', about: 'the data of the server is not of this session' } satisfies Failure;
  }
  const can = permission(scopes.join(' '), covers, { SmartError });
  // Not enumerable, as the tokens of other sessions are. The other members are those of the server's session.
  const read = (options?: UserOptions) => user(typeof fhirUser === 'string' ? fhirUser : null, of, options);
  const hidden = { id: { value: of }, can: { value: can }, user: { value: read } };
  return deepFreeze(Object.defineProperties(data, hidden) as unknown as PageSession);
}
