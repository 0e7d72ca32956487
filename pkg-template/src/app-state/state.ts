// The interface of the app state.

import type { SmartClient } from '../client/smart-client.js';
import type { IsolatedSmartClient } from '../isolated/isolated-client.js';
import type { AbortSignal } from '../values/platform.js';

/** The clients that can store app state. */
export type AppStateClient = SmartClient | IsolatedSmartClient;

export interface AppStateOptions {
  /** System of the state's code: a URI that the app chooses. Many EHRs permit only a URI at the app's own origin. */
  system: string;
  /** Code of the state, such as `display-preferences`. The app chooses it. */
  code: string;
  /**
   * `user`: the state belongs to the signed-in user (`session.fhirUser`). `patient`: it belongs to the patient in context. `app`:
   * the state has no subject, and usually only an administrator may write it.
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
   * The values; the keys are URLs of extensions. They are untrusted, because other apps may have written them: check them before
   * use.
   */
  readonly values: Readonly<Record<string, string>>;
}

export interface AppStateRequestOptions {
  signal?: AbortSignal | undefined;
}

/**
 * State with one code and one kind of subject. Each call is for the session that is current when it begins. All calls also throw
 * `signed_out` without a session, `config_invalid` if the session lacks the user or the patient that is the subject,
 * `discovery_invalid` if the server does not support app state, `endpoint_scheme` if its endpoint for app state is not https, and
 * the errors of {@link SmartClient.discover} and {@link SmartClient.request}, such as `http_status` 403 without the scope.
 */
export interface AppState {
  /**
   * Returns the stored states, usually one. There may be several states if two tabs have each created one at the same time.
   * Resources with another code or subject are not returned.
   */
  list(options?: AppStateRequestOptions): Promise<readonly AppStateEntry[]>;
  /**
   * Stores values in place of all earlier ones, and returns the stored state.
   *
   * @param values strings; the keys are URLs of extensions. The whole resource may have at most 256 KB
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
   * @throws {SmartError} `http_status` 412 if somebody has changed the state since it was read
   */
  delete(previous: AppStateEntry, options?: AppStateRequestOptions): Promise<void>;
}
