// The functions of a client that the FHIR calls (`pages`, `create` and so on) need: how to send a request, and for which sign-in.

import type { withSmartErrors, withChunk } from '../error/create-error.js';
import type { Exchange } from './fhir-exchange.js';

/** The functions of a client that the FHIR calls need. */
export interface FhirAccess {
  readonly exchange: Exchange;
  /** Identifies the sign-in of the current session; `undefined` before there is one, `null` after its end. */
  signIn(): unknown;
  /**
   * Settles when a sign-in or a restoration that is in progress has ended. Absent if these cannot replace a session of this
   * client.
   */
  settled?(): Promise<unknown> | undefined;
  readonly errors: { readonly withSmartErrors: typeof withSmartErrors; readonly withChunk: typeof withChunk };
}
