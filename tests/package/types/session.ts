// A session and its token response.

import type { FhirContextItem, SmartSession, SmartTokenResponse, SmartWarningCode } from 'smart-launch';
import { expectType, type Same } from './expect.js';

export function read(session: SmartSession) {
  expectType<Same<typeof session.patient, string | null>>();
  expectType<Same<typeof session.needPatientBanner, boolean | null>>();
  expectType<Same<typeof session.expiresAt, number | null>>();
  expectType<Same<typeof session.appState, unknown>>();
  expectType<Same<typeof session.fhirContext, readonly FhirContextItem[]>>();
  expectType<Same<SmartSession['scopes'], readonly string[]>>();
  // @ts-expect-error a session is read-only
  session.patient = 'another';
  // @ts-expect-error the lists of a session are read-only
  session.scopes.push('more');
  // @ts-expect-error `appState` has unknown type
  session.appState.page;
  for (const { code } of session.warnings) expectType<Same<typeof code, SmartWarningCode>>();
}

export function tokens(response: SmartTokenResponse) {
  expectType<Same<typeof response.access_token, string>>();
  expectType<Same<SmartTokenResponse['refresh_token'], string | undefined>>();
  const topic: unknown = response['hub.topic'];
  // @ts-expect-error additional members of the server have unknown type
  const text: string = response['hub.topic'];
  return [topic, text];
}

export function context(item: FhirContextItem) {
  expectType<Same<typeof item.role, string>>();
  expectType<Same<typeof item.reference, string | undefined>>();
}
