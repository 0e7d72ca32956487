// How the calls for single interactions of the FHIR API reach the server, and whose session they are for.

import type { careful, withChunk } from '../error/create-error.js';
import type { Exchange } from './fhir-fetch.js';

/** A client, as these calls see it. */
export interface FhirAccess {
  readonly exchange: Exchange;
  /** Identifies the sign-in of the current session; `undefined` before there is one. */
  signIn(): unknown;
  /** Settles when a sign-in or a restoration that is in progress has ended. Absent if these do not replace a session. */
  settled?(): Promise<unknown> | undefined;
  readonly errors: { readonly careful: typeof careful; readonly withChunk: typeof withChunk };
}
