/**
 * The API of the npm package `fhirclient` (version 2, in browsers) on the client of `smart-launch`: to migrate, an app
 * changes one import. `docs/from-fhirclient.md` in the repository lists what is the same, what differs and what is
 * refused.
 *
 * @example
 * import FHIR from 'smart-launch/fhirclient';
 * const client = await FHIR.oauth2.ready();
 * const patient = await client.patient.read();
 */

import type { ClientState } from './fhirclient/client-state.js';
import { Client } from './fhirclient/client.js';
import { connectionOfServer } from './fhirclient/connection.js';
import { FhirClient } from './fhirclient/fhir-client.js';
import { authorize, init, ready } from './fhirclient/sign-in.js';
import type { SMART } from './fhirclient/sign-in.js';
import { settings } from './fhirclient/settings.js';
import type * as fhirclient from './fhirclient/types.js';
import type { AbortController } from './values/platform.js';

/**
 * Creates a client for a server that needs no sign-in, or for which the app has a token or a password. The token or password
 * is sent only to URLs under `serverUrl`.
 *
 * @example
 * import FHIR from 'smart-launch/fhirclient';
 * const client = FHIR.client('https://r4.example/fhir');
 */
function client(stateOrUrl: string | ClientState): Client {
  return Client.of(connectionOfServer(stateOrUrl));
}

/**
 * Signs the user in, and returns the client of the signed-in user.
 *
 * @example
 * import { oauth2 } from 'smart-launch/fhirclient';
 * // launch.html
 * oauth2.authorize({ clientId: 'growth-chart', scope: 'launch patient/*.rs', iss: 'https://ehr.example/fhir' });
 * // index.html
 * const client = await oauth2.ready();
 */
const oauth2: SMART = { settings, authorize, ready, init };

const FHIR: {
  AbortController: { new (): AbortController; prototype: AbortController };
  client: typeof client;
  FhirClient: typeof FhirClient;
  oauth2: typeof oauth2;
} = { AbortController: globalThis.AbortController, client, FhirClient, oauth2 };

export { client, Client, FhirClient, oauth2 };
export type { fhirclient };
export default FHIR;
