// Members of a token response, including the launch context: as sent by the server, and as read by the library.

import type {
  FhirContextItem,
  SmartAuthorizationDetail,
  SmartSession,
  SmartTokenResponse,
  SmartTokens,
} from 'smart-launch';
import { expectType, type Same } from './expect.js';

export function rawMembers(response: SmartTokenResponse) {
  expectType<Same<SmartTokenResponse['id_token'], string | undefined>>();
  expectType<Same<SmartTokenResponse['expires_in'], number | string | undefined>>();
  expectType<Same<SmartTokenResponse['patient'], string | undefined>>();
  expectType<Same<SmartTokenResponse['need_patient_banner'], boolean | undefined>>();
  // The raw member may have any type; `session.fhirContext` is checked.
  expectType<Same<SmartTokenResponse['fhirContext'], readonly unknown[] | undefined>>();
  // @ts-expect-error the response is read-only
  response.access_token = 'another';
}

export function readMembers(tokens: SmartTokens) {
  expectType<Same<typeof tokens.accessToken, string>>();
  expectType<Same<typeof tokens.refreshToken, string | null>>();
  expectType<Same<typeof tokens.expiresIn, number | null>>();
  expectType<Same<typeof tokens.scopes, readonly string[] | null>>();
  expectType<Same<typeof tokens.encounter, string | null>>();
  expectType<Same<typeof tokens.fhirContext, readonly FhirContextItem[]>>();
  // @ts-expect-error the lifetime may be missing
  tokens.expiresIn.toFixed();
}

export function otherMembers(session: SmartSession) {
  expectType<Same<typeof session.authorizationDetails, readonly SmartAuthorizationDetail[]>>();
  expectType<Same<typeof session.fhirUser, string | null>>();
  for (const { locations, patient } of session.authorizationDetails) {
    expectType<Same<typeof locations, readonly string[] | undefined>>();
    expectType<Same<typeof patient, string | undefined>>();
  }
  for (const { identifier } of session.fhirContext) {
    expectType<Same<NonNullable<typeof identifier>['system'], string | undefined>>();
  }
  const emailClaim = session.idToken?.['email'];
  expectType<Same<typeof emailClaim, unknown>>();
  // @ts-expect-error a session may have no ID token
  session.idToken.sub;
}
