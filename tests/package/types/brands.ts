// User-access brands.

import { createSmartClient } from 'smart-launch';
import {
  createBrandSearch,
  loadBrands,
  readBrands,
  type Brand,
  type BrandEndpoint,
  type Brands,
  type BrandSearch,
  type BrandWarning,
  type LoadedBrands,
} from 'smart-launch/brands';
import { expectType, type Same } from './expect.js';

export async function load(stored: LoadedBrands | undefined, signal: AbortSignal | undefined, document: unknown) {
  const loaded = await loadBrands(new URL('https://vendor.example/brands.json'), {
    previous: stored,
    signal,
    fhirVersions: ['4.0'],
    allowInsecureLoopback: undefined,
  });
  expectType<Same<typeof loaded, LoadedBrands>>();
  expectType<Same<typeof loaded.warnings, readonly BrandWarning[]>>();
  const read = readBrands(document, { fhirVersions: undefined });
  expectType<Same<typeof read, Brands>>();
  const search = createBrandSearch([...loaded.brands, ...read.brands]);
  expectType<Same<typeof search, BrandSearch>>();
  const results = search('general', { limit: 5 });
  expectType<Same<typeof results, readonly Brand[]>>();
  const endpoints: readonly BrandEndpoint[] = results.flatMap((brand) => brand.endpoints);
  createSmartClient({ clientId: 'a', scope: 'patient/*.rs', servers: endpoints.map(({ fhirBaseUrl }) => ({ fhirBaseUrl })) });
  // @ts-expect-error: a brand is read-only
  for (const brand of results) brand.name = 'x';
  // @ts-expect-error: the URL is required
  await loadBrands();
}
