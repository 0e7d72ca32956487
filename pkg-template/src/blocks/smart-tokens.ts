// A token response, as the building blocks return it.

import type { SmartWarning } from '../error/smart-warning.js';
import type { FhirContextItem } from '../values/fhir-context.js';

/** A token response. */
export interface SmartTokens {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly idToken: string | null;
  /** Lifetime of the access token in seconds; `null` if the server states none. */
  readonly expiresIn: number | null;
  /** Granted scopes; `null` if the server states none, which means those requested (RFC 6749 §5.1). */
  readonly scopes: readonly string[] | null;
  readonly patient: string | null;
  readonly encounter: string | null;
  readonly fhirContext: readonly FhirContextItem[];
  readonly intent: string | null;
  readonly needPatientBanner: boolean | null;
  readonly smartStyleUrl: string | null;
  readonly tenant: string | null;
  readonly warnings: readonly SmartWarning[];
  /** Everything the server sent, except the three tokens and standard members of the wrong type. */
  readonly tokenResponse: Readonly<Record<string, unknown>>;
}
