// Imports all entries with their types, for each module resolution of TypeScript.

import { createSmartClient, SmartError, type SmartClientOptions, type SmartSession } from 'smart-launch';
import { injectSmart } from 'smart-launch/angular';
import { createAppState } from 'smart-launch/app-state';
import { loadBrands } from 'smart-launch/brands';
import { createConfidentialClient, type ClientAuth } from 'smart-launch/confidential';
import { createSmartClient as createDpopClient, type DpopSmartClient } from 'smart-launch/dpop';
import FHIR, { type fhirclient } from 'smart-launch/fhirclient';
import { postedCallback } from 'smart-launch/form-post';
import { createIsolatedSmartClient, type IsolatedSmartClientOptions } from 'smart-launch/isolated';
import { messageFor } from 'smart-launch/messages';
import { german } from 'smart-launch/messages-de';
import { spanish } from 'smart-launch/messages-es';
import { french } from 'smart-launch/messages-fr';
import { SmartProvider } from 'smart-launch/react';
import { createDynamicClient, type ClientMetadata } from 'smart-launch/registration';
import { createSmartServer } from 'smart-launch/server';
import { postgresStore } from 'smart-launch/server-postgres';
import { redisStore } from 'smart-launch/server-redis';
import { createServerSessionClient } from 'smart-launch/server-session';
import { setWasm } from 'smart-launch/slim';
import { createSmartClient as createStaticSmartClient } from 'smart-launch/static';
import { loadSmartStyle } from 'smart-launch/style';
import { smartState } from 'smart-launch/svelte';
import { createFakeSmartClient } from 'smart-launch/testing';
import { smartLaunch, type SmartLaunchPluginOptions } from 'smart-launch/vite';
import { useSmart } from 'smart-launch/vue';

export const entries = [loadBrands, FHIR.oauth2.ready, postedCallback, createIsolatedSmartClient, SmartProvider, setWasm, createStaticSmartClient];
export const otherClients = [createConfidentialClient, createDpopClient, createDynamicClient, smartLaunch];
export type OtherTypes = [ClientAuth, DpopSmartClient, ClientMetadata, SmartLaunchPluginOptions];
export const ofEhr = [createAppState, loadSmartStyle];
export const ofServers = [createSmartServer, postgresStore, redisStore, createServerSessionClient];
export const ofFrameworks = [injectSmart, smartState, useSmart];
export const messages = [german, spanish, french].map((language) => messageFor(new Error('unknown'), language));
export const ofTests = createFakeSmartClient();

export async function patientOf(options: SmartClientOptions): Promise<string | null> {
  const session: SmartSession | null = await createSmartClient(options).ready().catch((error: unknown) => {
    if (SmartError.is(error) && error.retryable) return null;
    throw error;
  });
  return session && session.patient;
}

/** Options may be `undefined`, as from environment variables that are not set: the types permit this. */
export const withUndefined = (id: string | undefined, signal: AbortSignal | undefined) => {
  const storage = id === undefined ? undefined : 'memory';
  const isolated: Partial<IsolatedSmartClientOptions> = { storage, issuer: id };
  const options: fhirclient.AuthorizeParams = { clientId: id, iss: id, clientSecret: undefined, completeInTarget: undefined };
  const state: fhirclient.ClientState = { serverUrl: 'https://r4.example', clientId: id, expiresAt: undefined };
  const request: fhirclient.FhirOptions = { pageLimit: undefined, flat: undefined };
  return [isolated, options, state, request, SmartProvider({ client: undefined, options: {} as SmartClientOptions }), signal];
};
