// The options of `createConfidentialClient`.

import type { SmartClientBehaviour, SmartServerOptions } from '../client/options.js';
import type { ClientAuth } from './client-auth.js';

/** One server, or several under `servers`; options outside `servers` are the defaults for each of them. */
export type ConfidentialClientOptions = SmartClientBehaviour &
  (ConfidentialServerOptions | (ConfidentialServerDefaults & { servers: readonly ConfidentialServerDefaults[] }));

/** One SMART server and this app's registration with it. */
export interface ConfidentialServerOptions extends Omit<SmartServerOptions, 'responseMode'> {
  clientAuth: ClientAuth;
  /**
   * `response_mode` to request. Default: not sent, so the server uses the query. With `jwt`, `query.jwt`, `fragment.jwt` or
   * `form_post.jwt` the server signs its response (JARM): the signature, issuer, audience and expiry are verified before
   * the code or error is used, and a response without a signature is refused. `form_post.jwt` is not possible with
   * `target: 'popup'` or `'frame'`.
   */
  responseMode?: SmartServerOptions['responseMode'] | 'jwt' | 'query.jwt' | 'fragment.jwt' | 'form_post.jwt';
  /**
   * Sign authorization requests with the key of `clientAuth` (RFC 9101): their parameters are one signed token in the
   * URL or in the pushed request, and the audience of that token is the server's issuer. Default: only if the server requires it.
   */
  requestObject?: boolean | undefined;
}

/** {@link ConfidentialServerOptions}, all optional. Without `clientAuth`, the app is a public client at that server. */
export type ConfidentialServerDefaults = {
  [Option in keyof ConfidentialServerOptions]?: ConfidentialServerOptions[Option] | undefined;
};
