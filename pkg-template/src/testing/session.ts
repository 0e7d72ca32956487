// Sessions of the fake client.

import { SmartError } from '../error/smart-error.js';
import { permission } from '../session/create-session.js';
import { covers } from '../session/scopes.js';
import type { UserOptions } from '../session/fhir-calls.js';
import type { SmartSession } from '../session/smart-session.js';
import { deepFreeze } from '../values/freeze.js';
import { plain } from '../values/plain.js';

/** Members of a session; `can` follows from `scopes`, and `user` reads `fhirUser`. */
export type FakeSession = {
  readonly [Member in Exclude<keyof SmartSession, 'can' | 'user' | 'tokenResponse'>]?: SmartSession[Member] | undefined;
};

type ReadUser = (session: Pick<SmartSession, 'fhirUser'>, options?: UserOptions) => Promise<unknown>;

export function createSession(members: FakeSession = {}, user: ReadUser): SmartSession {
  const issuedAt = Date.now();
  const session: Omit<SmartSession, 'can' | 'user' | 'tokenResponse'> = {
    serverUrl: 'https://fhir.example/r4',
    clientId: 'fake-client',
    issuer: null,
    fhirUser: null,
    idToken: null,
    patient: '1',
    encounter: null,
    fhirContext: [],
    intent: null,
    needPatientBanner: null,
    authorizationDetails: [],
    smartStyleUrl: null,
    tenant: null,
    scopes: ['launch/patient', 'patient/*.rs'],
    scopesNotGranted: [],
    issuedAt,
    expiresAt: issuedAt + LIFETIME,
    refreshable: true,
    persisted: true,
    warnings: [],
    appState: undefined,
    returnTo: null,
    // The app passes members with the types of a session.
    ...(plain(members) as Partial<SmartSession>),
  };
  const scope = session.scopes.join(' ');
  const { patient, encounter } = session;
  const response = { token_type: 'Bearer', scope, ...(patient !== null && { patient }), ...(encounter !== null && { encounter }) };
  const tokenResponse = Object.defineProperty(response, 'access_token', { value: TOKEN });
  const can = permission(scope, covers, { SmartError });
  // These members are not enumerable, as in a real session.
  const hidden = { can: { value: can }, user: { value: (options?: UserOptions) => user(session, options) } };
  const fullSession = Object.defineProperties({ ...session, tokenResponse }, hidden);
  return deepFreeze(fullSession as typeof fullSession & SmartSession);
}

/** The same session with the times of a new access token. */
export function renewed(session: SmartSession): FakeSession {
  const issuedAt = Date.now();
  return { ...session, issuedAt, expiresAt: issuedAt + LIFETIME, returnTo: null };
}

const TOKEN = 'fake-access-token';
/** Lifetime of an access token in milliseconds. */
const LIFETIME = 3_600_000;
