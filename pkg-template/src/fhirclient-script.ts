/**
 * `smart-launch/fhirclient` as one classic script, which sets `FHIR`: for pages that load it by
 * `<script src="smart-launch/dist/fhirclient-script.js"></script>` and call `FHIR.oauth2.authorize()` in a script below.
 */

import fhirclientEntry from './fhirclient.js';

declare global {
  var FHIR: typeof fhirclientEntry;
}

globalThis.FHIR = fhirclientEntry;
