/**
 * `smart-launch/fhirclient` as one classic script, which sets the global variable `FHIR`: for pages that load it by
 * `<script src="smart-launch/dist/fhirclient-script.js"></script>` and call `FHIR.oauth2.authorize()` in a later script.
 */

import fhirclientEntry from './fhirclient.js';

declare global {
  var FHIR: typeof fhirclientEntry;
}

globalThis.FHIR = fhirclientEntry;
