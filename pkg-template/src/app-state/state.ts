// The interface of the app state.

import type { SmartClient } from '../client/smart-client.js';
import type { IsolatedSmartClient } from '../isolated/isolated-client.js';
import type { AbortSignal } from '../values/platform.js';

/** The clients that can store app state. */
export type AppStateClient = SmartClient | IsolatedSmartClient;

export interface AppStateOptions {
  /** System of the state's code, a URI of the app. Many EHRs permit only codes of the app's own origin. */
  system: string;
  /** The state's code. It says what is stored, such as `display-preferences`. */
  code: string;
  /**
   * Whose state it is: that of the signed-in user (`session.fhirUser`), of the patient in context, or of the whole app, which many
   * users may only read.
   */
  subject: 'user' | 'patient' | 'app';
}

/** A stored state. */
export interface AppStateEntry {
  readonly id: string;
  readonly versionId: string;
  /** URL of the subject's resource; `null` for a state of the app. */
  readonly subject: string | null;
  /**
   * The values by the URLs of their extensions. They are untrusted: other apps may have written them. Check them before use.
   */
  readonly values: Readonly<Record<string, string>>;
}

export interface AppStateRequestOptions {
  signal?: AbortSignal | undefined;
}

/**
 * State with one code and one kind of subject. Each call is for the session that is current when it begins. All calls also throw
 * `signed_out` without a session, `config_invalid` if the session has no such subject, `discovery_invalid` if the server does not
 * support app state, and the errors of {@link SmartClient.request}, such as `http_status` 403 without the scope.
 */
export interface AppState {
  /**
   * Returns the stored states, usually one. There may be several if two tabs have stored the first one at the same time. A resource
   * of another code or subject is not returned.
   */
  list(options?: AppStateRequestOptions): Promise<readonly AppStateEntry[]>;
  /**
   * Stores values in place of all earlier ones, and returns the stored state.
   *
   * @param values texts, by the URLs of their extensions. The whole resource may have 256 KB
   * @param previous the state that is replaced; `null` to create one
   * @throws {SmartError} `http_status` 412 if somebody has changed `previous` since it was read
   */
  write(
    values: Readonly<Record<string, string>>,
    previous: AppStateEntry | null,
    options?: AppStateRequestOptions,
  ): Promise<AppStateEntry>;
  /**
   * Deletes a state.
   *
   * @throws {SmartError} `http_status` 412 if somebody has changed it since it was read
   */
  delete(previous: AppStateEntry, options?: AppStateRequestOptions): Promise<void>;
}
