// @ts-nocheck
// The same for pages without modules: a classic script that sets `FHIR`.

import FHIR from './fhirclient.js';

globalThis.FHIR = FHIR;
