// Brands as an app gets them.

import type { BrandWarning } from './brand-warning.js';

/** The contents of a bundle. All texts are untrusted: show them as text, never as HTML. */
export interface Brands {
  /** The active organizations with a name, in the order of the bundle. */
  readonly brands: readonly Brand[];
  /** Time of the last change (`Bundle.timestamp`), as the publisher wrote it. */
  readonly timestamp?: string;
  /** The problems of the bundle, such as parts that were left out, with their counts; empty if there are none. */
  readonly warnings: readonly BrandWarning[];
}

/** An organization that users recognize ("Brand Profile (Organization)"). */
export interface Brand {
  /** `fullUrl` of the entry, else `Organization/` and its id. It is unique in the bundle. */
  readonly id: string;
  /** The primary name, to show to users. */
  readonly name: string;
  /** Other and former names. */
  readonly aliases: readonly string[];
  /** Identifiers by which the same organization is recognized in several bundles ("Consistent Identifiers for Organizations"). */
  readonly identifiers: readonly BrandIdentifier[];
  /** Codes such as `clinical`, `insurance`, `laboratory`, `imaging` or `pharmacy` (`Organization.type`). */
  readonly categories: readonly string[];
  /** The organization's public website, `https:`. */
  readonly website?: string;
  readonly addresses: readonly BrandAddress[];
  /**
   * URL of the logo, `https:` or `data:` with an image; if the brand has no logo, the logo of the organization in `partOf`. Show it
   * with `<img>` only.
   */
  readonly logo?: string;
  /** URL of the terms of `logo`, which have to be accepted before the logo is shown. */
  readonly logoLicense?: string;
  /** URL of a bundle with more about this brand; not loaded. */
  readonly bundle?: string;
  /** The brand's portals ("Portal Details"); if the brand has none, the portals of the organization in `partOf`. */
  readonly portals: readonly BrandPortal[];
  /**
   * All FHIR endpoints of the brand's portals and of the organization itself, each once; if there are none, those of the
   * organization in `partOf`. Empty if none can be used.
   */
  readonly endpoints: readonly BrandEndpoint[];
  /** `id` of the organization that provides the brand's user access (`partOf`). */
  readonly partOf?: string;
}

export interface BrandIdentifier {
  readonly system?: string;
  readonly value: string;
}

export interface BrandAddress {
  readonly lines: readonly string[];
  readonly city?: string;
  readonly state?: string;
  readonly postalCode?: string;
  readonly country?: string;
}

/** Where users of a brand manage their accounts (extension `organization-portal`). */
export interface BrandPortal {
  readonly name?: string;
  /** Describes the users or the data of the portal; Markdown, untrusted. */
  readonly description?: string;
  /** URL of the portal, `https:`. */
  readonly url?: string;
  /** As {@link Brand.logo}, but absent if the portal itself has no logo. */
  readonly logo?: string;
  readonly logoLicense?: string;
  readonly endpoints: readonly BrandEndpoint[];
}

/**
 * A FHIR server ("Endpoint Profile"). A bundle grants no access to it, and is no reason to trust it: the app needs a registration
 * at the server, and the client checks its metadata like that of any other server.
 */
export interface BrandEndpoint {
  /** The FHIR base URL, unchanged, for `servers` of {@link createSmartClient}: `https:`, or as `allowInsecureLoopback` permits. */
  readonly fhirBaseUrl: string;
  /** A technical name; show users the name of the brand. */
  readonly name?: string;
  /** FHIR versions, such as `4.0.1`. */
  readonly fhirVersions: readonly string[];
  /** Website on which developers register their apps, `https:`. */
  readonly developerSite?: string;
}
