/**
 * User-access brands (SMART App Launch 2.2, "User-access Brands and Endpoints"): the organizations of a published bundle, their
 * FHIR endpoints, and a search in which a user finds their hospital.
 */

export { loadBrands } from './brands/load-brands.js';
export { readBrands } from './brands/read-brands.js';
export { createBrandSearch } from './brands/brand-search.js';
export type { LoadBrandsOptions, LoadedBrands } from './brands/load-brands.js';
export type { Brand, BrandAddress, BrandEndpoint, BrandIdentifier, BrandPortal, Brands } from './brands/brand.js';
export type { BrandWarning, BrandWarningCode } from './brands/brand-warning.js';
export type { ReadBrandsOptions } from './brands/read-brands.js';
export type { BrandSearch, BrandSearchOptions } from './brands/brand-search.js';
