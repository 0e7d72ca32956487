// A program without the type declarations of browsers and of runtimes.

import { createSmartClient, SmartError, type SmartFetchInit, type SmartSession } from 'smart-launch';
import { loadBrands, readBrands } from 'smart-launch/brands';
import { createBackendClient, createConfidentialClient } from 'smart-launch/confidential';
import { createSmartClient as createDpopClient } from 'smart-launch/dpop';
import FHIR, { type fhirclient } from 'smart-launch/fhirclient';
import { postedCallback } from 'smart-launch/form-post';
import { createIsolatedSmartClient } from 'smart-launch/isolated';
import { createDynamicClient, registerClient } from 'smart-launch/registration';
import { createSmartServer, memoryStore, toNode } from 'smart-launch/server';
import { postgresStore } from 'smart-launch/server-postgres';
import { redisStore } from 'smart-launch/server-redis';
import { createServerSessionClient } from 'smart-launch/server-session';
import { setWasm } from 'smart-launch/slim';
import { createFakeSmartClient } from 'smart-launch/testing';
import { smartLaunch } from 'smart-launch/vite';

const smart = createSmartClient({ fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'app', scope: 'patient/*.rs' });
const init: SmartFetchInit = { method: 'POST', body: '{}', replay: true };
export const read = async (): Promise<unknown> => (await smart.fetch('Patient/1', init)).json();
export const session: Promise<SmartSession | null> = smart.ready();
export const isOurs: (value: unknown) => value is SmartError = SmartError.is;
export const otherEntries = [loadBrands, readBrands, createIsolatedSmartClient, postedCallback, setWasm, createSmartServer, memoryStore, toNode, postgresStore, redisStore, createServerSessionClient, createFakeSmartClient];
export const otherClients = [createBackendClient, createConfidentialClient, createDpopClient, createDynamicClient, registerClient];
export const plugin = smartLaunch();
export const bundle: Promise<fhirclient.FHIR.Bundle> = FHIR.client('https://r4.example').request({ url: 'Patient', method: 'GET' });
