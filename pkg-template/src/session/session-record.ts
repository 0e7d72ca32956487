// A session as the engine returns it, and as other tabs send it.

import type { ClientAtServer } from '../page/client-settings.js';
import type { SmartWarningCode } from '../error/smart-warning.js';
import type { FhirContextItem } from '../values/fhir-context.js';
import type { IdTokenClaims } from '../values/id-token-claims.js';
import type { SmartAuthorizationDetail } from './smart-session.js';

export interface SessionRecord extends ClientAtServer {
  /** The key under which the session is stored. */
  readonly key: string;
  /** The session's token family: the `state` of its sign-in. */
  readonly state: string;
  /** Grows with each refresh: of several copies of a session, the one with the highest number is the newest. */
  readonly generation?: number;
  /** Whether the tokens are bound to the key of the token family (DPoP). */
  readonly dpop?: boolean;
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  /** Milliseconds since 1970. */
  readonly issued: number;
  readonly expiresAt?: number;
  /** Scopes that were asked for, and those that were granted, separated by spaces. */
  readonly asked?: string;
  readonly granted: string;
  readonly persisted: boolean;
  readonly issuer?: string;
  readonly fhirUser?: string;
  readonly claims?: IdTokenClaims;
  readonly patient?: string;
  readonly encounter?: string;
  readonly fhirContext?: readonly FhirContextItem[];
  readonly intent?: string;
  readonly needPatientBanner?: boolean;
  readonly smartStyleUrl?: string;
  readonly tenant?: string;
  readonly authorizationDetails?: readonly SmartAuthorizationDetail[];
  /** The token response without the tokens. */
  readonly tokenResponse: { readonly token_type: string; readonly scope?: string; readonly [member: string]: unknown };
  readonly warnings?: readonly SmartWarningCode[];
  readonly appState?: unknown;
  readonly returnTo?: string | undefined;
}
