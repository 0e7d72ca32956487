// The interface of a client that a user registers for one browser.

import type { SmartClientBehaviour, SmartServerOptions } from '../client/options.js';
import type { BackendClient, BackendToken } from '../confidential/backend-client.js';
import type { URL } from '../values/platform.js';

/** A server, and the software that is registered there. */
export interface DynamicClientOptions
  extends Pick<SmartServerOptions, 'fhirBaseUrl' | 'endpoints'>,
    Pick<SmartClientBehaviour, 'strict' | 'timeoutSeconds' | 'assumedLifetimeSeconds' | 'allowInsecureLoopback'> {
  /** `software_id` as the server assigned it to the app. Apps for Epic use their client id. */
  softwareId: string;
  /** The registration endpoint. Default: `registration_endpoint` of the smart-configuration. */
  registrationEndpoint?: string | URL | undefined;
  /** Scopes of the access tokens. Default: those that the user granted. */
  scope?: string | undefined;
}

export interface DynamicClient extends BackendClient {
  /**
   * Registers this browser: creates a key pair whose private key cannot be extracted, sends the public key to the server, and
   * stores the private key and the client id in IndexedDB. Replaces an earlier registration of this origin for the same server and
   * `softwareId`.
   *
   * The server may revoke the access token. From then on use this client instead of the session.
   *
   * @throws {SmartError} `registration_refused`, `storage_unavailable`, `crypto_unavailable`; all errors of
   * {@link registerClient}.
   * @example
   * await device.register(await smart.getAccessToken());
   */
  register(accessToken: string): Promise<void>;

  /** Whether this browser is registered, also by another tab or before a reload. */
  isRegistered(): Promise<boolean>;

  /**
   * Information about an access token that is valid now. `tokenResponse` has the launch context, such as `patient`.
   *
   * @throws {SmartError} As {@link BackendClient.getAccessToken}.
   */
  getToken(): Promise<BackendToken>;

  /**
   * Deletes the key for all tabs. The next call in each tab rejects with `signed_out`. An access token that was issued before
   * remains valid at the server until it expires.
   *
   * If this page has registered the browser, and the server supports RFC 7592, the registration is deleted too; if that fails,
   * the event `error` is emitted. The token for the deletion is not stored, so other pages cannot delete the registration.
   */
  remove(): Promise<void>;
}
