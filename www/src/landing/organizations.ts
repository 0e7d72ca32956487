import type { SmartClient } from 'smart-launch';
import { createBrandSearch, loadBrands, type Brand, type BrandEndpoint, type BrandSearch } from 'smart-launch/brands';

/** Loads the organizations that the server's smart-configuration links to, and prepares the search. */
export async function loadOrganizations(client: SmartClient, signal: AbortSignal): Promise<BrandSearch> {
  const { configuration } = await client.discover();
  const url = configuration['user_access_brand_bundle'];
  if (typeof url !== 'string') throw new Error('The smart-configuration has no user_access_brand_bundle.');
  // The sandbox is an http server on this machine. An app with a real server omits this option.
  const { brands } = await loadBrands(url, { signal, allowInsecureLoopback: true });
  return createBrandSearch(brands);
}

/**
 * The endpoint of an organization at which this app is registered. Other endpoints are not used: a bundle of brands is not a list
 * of trusted servers.
 */
export function permittedEndpoint({ endpoints }: Brand, permitted: readonly string[]): BrandEndpoint | undefined {
  const withoutSlash = (url: string) => url.replace(/\/$/, '');
  return endpoints.find(({ fhirBaseUrl }) => permitted.some((url) => withoutSlash(url) === withoutSlash(fhirBaseUrl)));
}

/** City, state and country of an organization's first address. */
export const placeOf = ({ addresses: [address] }: Brand): string =>
  [address?.city, address?.state, address?.country].filter(Boolean).join(', ');
