// Every entry is found with its types, however TypeScript looks for modules.

import { createSmartClient, SmartError, type SmartClientOptions, type SmartSession } from 'smart-launch';
import FHIR from 'smart-launch/fhirclient';
import { postedCallback } from 'smart-launch/form-post';
import { createIsolatedSmartClient } from 'smart-launch/isolated';
import { SmartProvider } from 'smart-launch/react';
import { setWasm } from 'smart-launch/slim';
import { createSmartClient as createStaticSmartClient } from 'smart-launch/static';

export const entries = [FHIR.oauth2.ready, postedCallback, createIsolatedSmartClient, SmartProvider, setWasm, createStaticSmartClient];

export async function patientOf(options: SmartClientOptions): Promise<string | null> {
  const session: SmartSession | null = await createSmartClient(options).ready().catch((error: unknown) => {
    if (SmartError.is(error) && error.retryable) return null;
    throw error;
  });
  return session && session.patient;
}
