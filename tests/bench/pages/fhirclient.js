import FHIR from 'fhirclient';
import { CLIENT_ID, FHIR_BASE, PATIENT, REDIRECT_URI, SCOPE, isBack, reached } from '../page.js';

if (isBack) {
  const client = await FHIR.oauth2.ready();
  reached('session');
  await client.request(PATIENT);
  reached('patient');
} else {
  FHIR.oauth2.authorize({ iss: FHIR_BASE, clientId: CLIENT_ID, scope: SCOPE, redirectUri: REDIRECT_URI });
}
