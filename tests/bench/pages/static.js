import { createSmartClient } from 'smart-launch/static';
import { CLIENT_ID, FHIR_BASE, PATIENT, REDIRECT_URI, SCOPE, isBack, reached } from '../page.js';

const options = { fhirBaseUrl: FHIR_BASE, clientId: CLIENT_ID, scope: SCOPE, redirectUri: REDIRECT_URI };
const smart = createSmartClient({ ...options, allowInsecureLoopback: true });
if (isBack) {
  await smart.ready();
  reached('session');
  await smart.request(PATIENT);
  reached('patient');
} else {
  smart.authorize();
}
