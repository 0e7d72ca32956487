// A session as the app sees it.

import type { SmartWarning } from '../error/smart-warning.js';
import type { FhirContextItem } from '../values/fhir-context.js';
import type { IdTokenClaims } from '../values/id-token-claims.js';

/** A signed-in session: a frozen snapshot; a refresh makes a new one. Shows no token when logged or serialised. */
export interface SmartSession {
  /** FHIR base URL, the root of {@link SmartClient.fetch}. */
  readonly serverUrl: string;
  readonly clientId: string;
  /** OpenID issuer of the server's metadata, if it states one. */
  readonly issuer: string | null;
  /**
   * Who is signed in: the URL of a Patient, Practitioner, PractitionerRole, RelatedPerson or Person, absolute. From the
   * ID token's `fhirUser` (or the older `profile`), which was verified. At another server than this one there is a
   * warning `fhir_user_elsewhere`, and {@link SmartClient.fetch} refuses to read it.
   */
  readonly fhirUser: string | null;
  /** What the ID token claims, its signature and claims verified; `null` without one. The token itself is in `tokenResponse`. */
  readonly idToken: IdTokenClaims | null;
  /** Id of the patient in context. */
  readonly patient: string | null;
  /** Id of the encounter in context. */
  readonly encounter: string | null;
  /** Other resources in context; the older string shape is read as `{ reference }`. */
  readonly fhirContext: readonly FhirContextItem[];
  /** What the launch is for, as agreed with the EHR. Unknown: show the default screen. */
  readonly intent: string | null;
  /** `true`: the app must show whose record it is. `null`: not stated. */
  readonly needPatientBanner: boolean | null;
  /**
   * What the token is good for at each server, where the server says so (`authorization_details` of type
   * `smart_on_fhir`): {@link SmartClient.fetch} takes absolute URLs under each of the `locations`, each with a context of
   * its own.
   */
  readonly authorizationDetails: readonly SmartAuthorizationDetail[];
  /** JSON document with the EHR's style. */
  readonly smartStyleUrl: string | null;
  /** Tenant of a server with many. */
  readonly tenant: string | null;
  /** Scopes granted, in the server's order. They may be fewer, more or other than those asked. */
  readonly scopes: readonly string[];
  /**
   * Whether the granted scopes cover these: v1 and v2 forms, wildcards and unions are understood
   * (`user/*.read` covers `user/Observation.rs`), and a grant restricted by a query does not cover the unrestricted
   * scope. The server may still refuse: it decides, this is for the screen.
   *
   * @throws {SmartError} `config_invalid` for what is not text.
   * @example
   * if (session.can('patient/Observation.rs')) showVitals();
   */
  can(...needed: string[]): boolean;
  /**
   * Scopes asked for that those granted do not cover, in any of their forms. With an ID token `openid` was granted,
   * and `fhirUser` with {@link SmartSession.fhirUser}, whatever the server names.
   */
  readonly scopesNotGranted: readonly string[];
  /** When the access token was asked for, in milliseconds since 1970. */
  readonly issuedAt: number;
  /** When the access token expires, in milliseconds since 1970. `null`: the server did not say. */
  readonly expiresAt: number | null;
  /** Whether there is a refresh token. */
  readonly refreshable: boolean;
  /** Whether the session survives a reload: `false` in memory, also when storage is blocked. */
  readonly persisted: boolean;
  /** The token response under its wire names, with everything the server sent. */
  readonly tokenResponse: SmartTokenResponse;
  /** What was odd about the server, and tolerated. */
  readonly warnings: readonly SmartWarning[];
  /** `appState` of {@link AuthorizeOptions}. */
  readonly appState: unknown;
  /**
   * `returnTo` of {@link AuthorizeOptions}: a path in this app. On the session that finishes the sign-in alone: after a
   * reload or a refresh it is `null`, because the user has gone elsewhere.
   */
  readonly returnTo: string | null;
}

/**
 * Members of the token response. The three tokens are there to be asked for by name; they are not enumerable, so they
 * stay out of `JSON.stringify`, spreads and logs.
 */
export interface SmartTokenResponse {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly token_type: string;
  readonly expires_in?: number | string;
  readonly scope?: string;
  readonly patient?: string;
  readonly encounter?: string;
  readonly fhirContext?: readonly unknown[];
  readonly intent?: string;
  readonly need_patient_banner?: boolean;
  readonly smart_style_url?: string;
  readonly tenant?: string;
  readonly [member: string]: unknown;
}

/** Where else the token is good, for what and for whom (RFC 9396; SMART App Launch 2.2). */
export interface SmartAuthorizationDetail {
  /** FHIR base URLs. */
  readonly locations?: readonly string[];
  readonly fhirVersions?: readonly string[];
  /** Scopes there. */
  readonly scope?: string;
  /** Id of the patient in context, there. */
  readonly patient?: string;
  readonly encounter?: string;
  readonly fhirContext?: readonly FhirContextItem[];
}
