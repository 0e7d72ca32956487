// Finds the endpoint at which the server stores app state, and creates the `fetch` for it.

import { smartError } from '../error/create-error.js';
import type { Failure } from '../error/failure.js';
import type { IsolatedSession } from '../isolated/isolated-session.js';
import { createFetch } from '../session/fhir-fetch.js';
import type { SmartSession } from '../session/smart-session.js';
import { isLoopbackHost } from '../values/loopback.js';
import { masked } from '../values/mask.js';
import { restOf } from '../values/url-rest.js';
import type { SmartServerMetadata } from '../server/smart-server-metadata.js';
import type { AppStateClient } from './state.js';

const CAPABILITY = 'smart-app-state';

type Fetch = ReturnType<typeof createFetch>;

interface Transport {
  /** Base URL of the requests, with a slash at its end. */
  readonly endpoint: string;
  readonly fetch: Fetch;
  readonly mask?: (text: string, response: Response) => string;
}

/**
 * The endpoint of the session's server, and a `fetch` that sends the access token: `client.fetch` for an endpoint under the FHIR
 * base, and otherwise one that sends it to no URL outside the endpoint.
 *
 * @param isCurrent returns whether `session` is still the client's session
 */
export async function transportOf(
  client: AppStateClient,
  session: SmartSession | IsolatedSession,
  isCurrent: () => boolean,
): Promise<Transport> {
  const endpoint = endpointOf(await client.discover(session.serverUrl));
  const base = session.serverUrl.replace(/\/$/, '');
  // `client.fetch` has the types of `values/platform.ts`. With the platform's declarations, they are the same as those of `Fetch`.
  if (restOf(endpoint, base) !== undefined) return { endpoint: `${textOf(endpoint)}/`, fetch: client.fetch as Fetch };
  const isLoopback = endpoint.protocol === 'http:' && new URL(base).protocol === 'http:' && isLoopbackHost(endpoint.hostname);
  if (endpoint.protocol !== 'https:' && !isLoopback) throw { code: 'endpoint_scheme', about: 'the endpoint of app state is not https' } satisfies Failure;
  if (!('getAccessToken' in client)) throw { code: 'origin_not_allowed', ...NO_TOKEN } satisfies Failure;
  // The token would have to be sent with a proof.
  if (/^dpop$/i.test(session.tokenResponse.token_type ?? '')) throw { code: 'origin_not_allowed', ...NO_PROOF } satisfies Failure;

  const tokensByResponse = new WeakMap<Response, string>();
  const fetch = createFetch({
    async locate(address) {
      const url = URL.canParse(address) ? new URL(address) : undefined;
      if (!url || restOf(url, textOf(endpoint)) === undefined) throw await smartError({ code: 'origin_not_allowed' } satisfies Failure);
      return { url: url.href };
    },
    async token(_, refused) {
      if (refused !== undefined && isCurrent()) await client.refresh();
      const accessToken = await client.getAccessToken();
      // The token of another session may be for another server.
      if (!isCurrent()) throw await smartError({ code: 'signed_out' } satisfies Failure);
      return accessToken;
    },
    observe: () => {},
    // The token of each response is recorded, to mask it in the texts of errors.
    carried: (response, token) => void tokensByResponse.set(response, token),
    smartError,
  });
  return { endpoint: `${textOf(endpoint)}/`, fetch, mask: (text, response) => masked(text, [tokensByResponse.get(response)]) };
}

/** SMART App Launch 2.2, "Persisting App State", "Discovery". */
function endpointOf({ fhirBaseUrl, capabilities, configuration }: SmartServerMetadata): URL {
  const { associated_endpoints: associatedEndpoints, smart_app_state_endpoint: urlOfVersion21 } = configuration;
  const associatedUrl = Array.isArray(associatedEndpoints)
    ? associatedEndpoints.find((item) => Array.isArray(item?.capabilities) && item.capabilities.includes(CAPABILITY))?.url
    : undefined;
  // `smart_app_state_endpoint` is from SMART App Launch 2.1.
  const urlText: unknown = associatedUrl ?? urlOfVersion21 ?? (capabilities.includes(CAPABILITY) ? fhirBaseUrl : undefined);
  if (urlText === undefined) throw { code: 'discovery_invalid', ...NOT_SUPPORTED } satisfies Failure;
  const url = typeof urlText === 'string' && URL.canParse(urlText) ? new URL(urlText) : undefined;
  if (!url || url.search || url.hash || url.username || url.password) {
    throw { code: 'discovery_invalid', about: "the server's endpoint for app state is not a URL", hint: NOT_SUPPORTED.hint } satisfies Failure;
  }
  return url;
}

const textOf = ({ href }: URL) => href.replace(/\/$/, '');

const NOT_SUPPORTED = {
  about: 'the server does not state that it stores app state',
  hint: 'Check that its smart-configuration has the capability `smart-app-state`, for itself or in `associated_endpoints`.',
};

const NO_TOKEN = {
  about: 'the endpoint of app state is not under the FHIR base, and the page has no token to send there',
  hint: 'Use `createSmartClient`, which has the token in the page, or a server that stores app state under its FHIR base.',
};

const NO_PROOF = {
  about: 'the endpoint of app state is not under the FHIR base, and with `dpop` tokens are sent only under that base',
  hint: 'Leave out `dpop`, or use a server that stores app state under its FHIR base.',
};
