// The input of the program.

export interface Question {
  readonly fhirBaseUrl: string;
  /** The origin of the app. */
  readonly origin: string;
  readonly redirectUri: string;
  /** Absent for an app that is not registered yet. */
  readonly clientId?: string | undefined;
  /** The issuer that the app requires; if absent, it is determined from the server's metadata. */
  readonly issuer?: string | undefined;
  /** If absent, the scopes are chosen from the server's metadata. */
  readonly scope?: string | undefined;
  /** Deadline of each request. */
  readonly timeoutSeconds: number;
}
