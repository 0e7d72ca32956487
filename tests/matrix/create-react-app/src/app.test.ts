import * as library from 'smart-launch';
import FHIR from 'smart-launch/fhirclient';
import { postedCallback } from 'smart-launch/form-post';
import { createIsolatedSmartClient } from 'smart-launch/isolated';
import { SmartProvider } from 'smart-launch/react';
import { appConfig } from './app-config';
import { report, signIn } from './sign-in';

test('signs in', () => report(appConfig, () => signIn(library, appConfig)), 60_000);

test('four other entries have their main functions', () => {
  for (const entry of [FHIR.oauth2.ready, postedCallback, createIsolatedSmartClient, SmartProvider]) {
    expect(typeof entry).toBe('function');
  }
});
