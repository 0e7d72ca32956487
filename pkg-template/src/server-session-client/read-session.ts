// The session of a page, from the server's data.

import type { Failure } from '../error/failure.js';
import { SmartError } from '../error/smart-error.js';
import { permission } from '../session/create-session.js';
import type { UserOptions } from '../session/fhir-calls.js';
import type { LateFhirCalls } from '../session/late-fhir-calls.js';
import { covers } from '../session/scopes.js';
import { deepFreeze } from '../values/freeze.js';
import type { PageSession } from './page-session.js';
import type { RouteData } from './routes.js';

/**
 * Reads a session from the server's data.
 *
 * @throws {Failure} `launch_context_invalid`
 */
export function sessionOf(sessionId: string, { data: { id, ...data } }: RouteData, user: LateFhirCalls['user']): PageSession {
  const { scopes, serverUrl, fhirUser } = data;
  const areScopes = Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string');
  if (id !== sessionId || typeof serverUrl !== 'string' || !areScopes) {
    throw { code: 'launch_context_invalid', about: 'the data of the server is not of this session' } satisfies Failure;
  }
  const can = permission(scopes.join(' '), covers, { SmartError });
  // These members are not enumerable, like the tokens in sessions of other clients. All other members are from the server.
  const readUser = (options?: UserOptions) => user(typeof fhirUser === 'string' ? fhirUser : null, sessionId, options);
  const hidden = { id: { value: sessionId }, can: { value: can }, user: { value: readUser } };
  return deepFreeze(Object.defineProperties(data, hidden) as unknown as PageSession);
}
