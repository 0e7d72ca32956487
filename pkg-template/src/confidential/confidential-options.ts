// The options of `createConfidentialClient`.

import type { SmartClientBehaviour, SmartServerDefaults, SmartServerOptions } from '../client/options.js';
import type { ClientAuth } from './client-auth.js';

/** One server, or several under `servers`; options outside `servers` are the defaults for each of them. */
export type ConfidentialClientOptions = SmartClientBehaviour &
  (ConfidentialServerOptions | (ConfidentialServerDefaults & { servers: readonly ConfidentialServerDefaults[] }));

/** One SMART server and this app's registration with it. */
export interface ConfidentialServerOptions extends SmartServerOptions {
  clientAuth: ClientAuth;
}

/** {@link ConfidentialServerOptions}, all optional. Without `clientAuth`, the app is a public client at that server. */
export interface ConfidentialServerDefaults extends SmartServerDefaults {
  clientAuth?: ClientAuth | undefined;
}
