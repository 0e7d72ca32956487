// Creates the session object that apps get.

import { deepFreeze } from '../values/freeze.js';
import type { SmartErrorCode } from '../error/smart-error-code.js';
import { plain } from '../values/plain.js';
import { wordsOf } from '../values/words.js';
import type { Errors } from './client-context.js';
import type { UserOptions } from './fhir-calls.js';
import type { SessionRecord } from './session-record.js';
import type { SmartAuthorizationDetail, SmartSession, SmartTokenResponse } from './smart-session.js';

type IdentityMember = 'claims' | 'fhirUser';

/** The member that shows that a scope was granted, since some servers list only the scopes of the access token. */
const IDENTITY: Readonly<Record<string, IdentityMember>> = { openid: 'claims', fhirUser: 'fhirUser' };
const TOKENS = ['access_token', 'refresh_token', 'id_token'] as const;

/** Whether granted scopes cover the required ones. Throws only {@link CoversFailure}. */
type Covers = (granted: string, needed: string) => boolean;

interface CoversFailure {
  readonly code: SmartErrorCode;
  readonly cause?: unknown;
}

/** @param user reads the resource of the session's user */
export async function sessionOf(
  record: SessionRecord,
  covers: Covers,
  errors: Errors,
  user: (options?: UserOptions) => Promise<unknown>,
): Promise<SmartSession> {
  const scopes = wordsOf(record.granted);
  const can = permission(record.granted, covers, errors);
  const session: Omit<SmartSession, 'can' | 'user'> = {
    serverUrl: record.fhirBaseUrl,
    clientId: record.clientId,
    issuer: record.issuer ?? null,
    fhirUser: record.fhirUser ?? null,
    idToken: record.claims ?? null,
    patient: record.patient ?? null,
    encounter: record.encounter ?? null,
    fhirContext: record.fhirContext ?? [],
    intent: record.intent ?? null,
    needPatientBanner: record.needPatientBanner ?? null,
    smartStyleUrl: record.smartStyleUrl ?? null,
    tenant: record.tenant ?? null,
    authorizationDetails: detailsOf(record),
    scopes,
    // For other scopes the name is `undefined`, and no member has that name.
    scopesNotGranted: wordsOf(record.asked).filter(
      (scope) => !can(scope) && record[IDENTITY[scope] as IdentityMember] === undefined,
    ),
    issuedAt: record.issued,
    expiresAt: record.expiresAt ?? null,
    refreshable: record.refresh_token !== undefined,
    persisted: record.persisted,
    tokenResponse: tokenResponse(record),
    warnings: await errors.warnings(record.warnings),
    appState: record.appState,
    returnTo: record.returnTo ?? null,
  };
  // `can` and `user` are not enumerable: a session is data, and can be cloned and compared.
  return deepFreeze(Object.defineProperties(session, { can: { value: can }, user: { value: user } }) as SmartSession);
}

/** Whether the granted scopes cover others. It is synchronous, so its errors do not have the texts that are loaded later. */
export const permission =
  (granted: string, covers: Covers, { SmartError }: Pick<Errors, 'SmartError'>) =>
  (...needed: string[]): boolean => {
    // Otherwise `undefined` would count as no scope, which is always covered.
    if (needed.some((scope: unknown) => typeof scope !== 'string')) {
      throw new SmartError({ code: 'config_invalid', message: 'a scope is not text', hint: 'Pass scopes as strings.' });
    }
    try {
      return covers(granted, needed.join(' '));
    } catch (failure) {
      const { code, cause } = failure as CoversFailure;
      const hint = 'It needs the WebAssembly of the library in this page, and scopes that are text.';
      throw new SmartError({ code, message: `scopes cannot be compared: ${code}`, hint }, cause);
    }
  };

/** `authorization_details`; members that an entry lacks are taken from the token response. */
function detailsOf({
  authorizationDetails = [],
  patient,
  encounter,
  fhirContext,
  tokenResponse: { scope },
}: SessionRecord): SmartAuthorizationDetail[] {
  const defaults = plain({ patient, encounter, fhirContext, scope });
  return authorizationDetails.map((detail) => ({ ...defaults, ...detail }));
}

/** Makes the tokens readable by name but not enumerable, so that logs, spreads and JSON do not contain them. */
function tokenResponse(record: SessionRecord): SmartTokenResponse {
  const response = record.tokenResponse;
  for (const name of TOKENS) {
    if (record[name] !== undefined) Object.defineProperty(response, name, { get: () => record[name] });
  }
  // There is always an access token.
  return response as SmartTokenResponse;
}
