// The input of the program.

export interface Question {
  readonly fhirBaseUrl: string;
  /** The origin of the app. */
  readonly origin: string;
  readonly redirectUri: string;
  /** Not given: an app that is not registered yet. */
  readonly clientId?: string | undefined;
  /** Not given: the scopes are chosen by what the server supports. */
  readonly scope?: string | undefined;
  /** Deadline of each request. */
  readonly timeoutSeconds: number;
}
