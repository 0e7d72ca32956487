// The session, as apps see it.

import type { SmartWarning } from '../error/smart-warning.js';
import type { FhirContextItem } from '../values/fhir-context.js';
import type { IdTokenClaims } from '../values/id-token-claims.js';
import type { FhirResource, UserOptions } from './fhir-calls.js';

/**
 * A signed-in session. It is a frozen snapshot; each refresh makes a new one. Logging or serializing it shows no token.
 */
export interface SmartSession {
  /** FHIR base URL, against which {@link SmartClient.fetch} resolves relative URLs. */
  readonly serverUrl: string;
  readonly clientId: string;
  /** OpenID issuer of the server: the option `issuer`, else the one in the server's metadata; `null` if neither is set. */
  readonly issuer: string | null;
  /**
   * Absolute URL of the signed-in user's resource: a Patient, Practitioner, PractitionerRole, RelatedPerson or Person.
   * It is the claim `fhirUser` (or the older `profile`) of the verified ID token; `null` without one. If the URL is at another
   * server, there is a warning `fhir_user_elsewhere`, and {@link SmartClient.fetch} refuses the URL.
   */
  readonly fhirUser: string | null;
  /**
   * Reads the resource of the signed-in user, {@link SmartSession.fhirUser}. The app needs a scope that covers this resource, such
   * as `user/Practitioner.r`.
   *
   * @throws {SmartError} `config_invalid` if `fhirUser` is `null`; `origin_not_allowed` if it is at another server; `signed_out` if
   * the session has ended, or another sign-in has replaced it; and the errors of {@link SmartClient.request}.
   * @example
   * const user = await session.user<fhir4.Practitioner | fhir4.Patient>();
   * show(user.name?.[0]?.text);
   */
  user<T = FhirResource>(options?: UserOptions): Promise<T>;
  /** Claims of the verified ID token; `null` without an ID token. The token itself is in `tokenResponse`. */
  readonly idToken: IdTokenClaims | null;
  /** Id of the patient in context. */
  readonly patient: string | null;
  /** Id of the encounter in context. */
  readonly encounter: string | null;
  /** Other resources in context; older servers send strings, which are converted to `{ reference }`. */
  readonly fhirContext: readonly FhirContextItem[];
  /** Purpose of the launch, a text agreed with the EHR. If it is unknown, show the default screen. */
  readonly intent: string | null;
  /** `true`: the app must show a banner with the patient's identity. `null`: not stated. */
  readonly needPatientBanner: boolean | null;
  /**
   * Access that the token gives at each server (`authorization_details` of type `smart_on_fhir`), if the server states
   * it. {@link SmartClient.fetch} accepts absolute URLs under each of the `locations`, each with a context of its own.
   */
  readonly authorizationDetails: readonly SmartAuthorizationDetail[];
  /** URL of a JSON document with the EHR's style. */
  readonly smartStyleUrl: string | null;
  /** Tenant, at a server with several. */
  readonly tenant: string | null;
  /** Granted scopes, in the server's order. They may differ from those requested. */
  readonly scopes: readonly string[];
  /**
   * Whether the granted scopes cover the needed ones. `can` understands v1 and v2 syntax, wildcards and combinations (`user/*.read`
   * covers `user/Observation.rs`); a scope that is restricted by a query does not cover the unrestricted one. The
   * server may still refuse a request: use this to decide what to show.
   *
   * @throws {SmartError} `config_invalid` if an argument is not a string.
   * @example
   * if (session.can('patient/Observation.rs')) showVitals();
   */
  can(...needed: string[]): boolean;
  /**
   * Requested scopes that the granted ones do not cover, in any syntax. `openid` counts as granted if there is an ID
   * token, and `fhirUser` if there is {@link SmartSession.fhirUser}, even if the server does not list them.
   */
  readonly scopesNotGranted: readonly string[];
  /** Time when the access token was requested, in milliseconds since 1970. */
  readonly issuedAt: number;
  /** Time when the access token expires, in milliseconds since 1970; `null` if the server did not state it. */
  readonly expiresAt: number | null;
  /** Whether there is a refresh token. */
  readonly refreshable: boolean;
  /** Whether the session survives a reload: `false` for `storage: 'memory'`, and if storage is blocked. */
  readonly persisted: boolean;
  /** The token response with its original member names: everything the server sent, except standard members of the wrong type. */
  readonly tokenResponse: SmartTokenResponse;
  /**
   * Problems that did not prevent the session: violations of the specification by the server that do not affect security, scopes
   * that were not granted, or storage that is blocked or full.
   */
  readonly warnings: readonly SmartWarning[];
  /** `appState` of {@link AuthorizeOptions}. */
  readonly appState: unknown;
  /**
   * `returnTo` of {@link AuthorizeOptions}: a path in this app. It is set only in the session that the sign-in returns; after a
   * reload or a refresh it is `null`, because the user may be elsewhere in the app.
   */
  readonly returnTo: string | null;
}

/**
 * Members of the token response. The three tokens can be read by name; they are not enumerable, so `JSON.stringify`,
 * spreads and logs do not contain them.
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

/** Access that the token gives at further locations (RFC 9396; SMART App Launch 2.2). */
export interface SmartAuthorizationDetail {
  /** FHIR base URLs. */
  readonly locations?: readonly string[];
  readonly fhirVersions?: readonly string[];
  /** Scopes granted at these locations. */
  readonly scope?: string;
  /** Id of the patient in context at these locations. */
  readonly patient?: string;
  readonly encounter?: string;
  readonly fhirContext?: readonly FhirContextItem[];
}
