// @ts-nocheck
// The surface of the npm package `fhirclient` on this library's client: an app that was written for it changes one import.

import { Client } from './fhirclient/client.js';
import { ofServer } from './fhirclient/connection.js';
import { FhirClient } from './fhirclient/fhir-client.js';
import { authorize, init, ready } from './fhirclient/sign-in.js';
import { settings } from './fhirclient/settings.js';

/** A client of a server that needs no sign-in, or that the app has a token for. */
const client = (state) => new Client(ofServer(state));
const oauth2 = { settings, authorize, ready, init };

export { client, Client, FhirClient, oauth2 };
export default { AbortController: globalThis.AbortController, client, FhirClient, oauth2 };
