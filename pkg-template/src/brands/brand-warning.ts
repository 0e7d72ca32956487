// The problems of a bundle, such as parts that were left out.

/** One kind of problem in a bundle. */
export interface BrandWarning {
  readonly code: BrandWarningCode;
  readonly message: string;
  /** How often the problem occurred. */
  readonly count: number;
  /** The first five entries with the problem: of each the `fullUrl`, else type and id, else the position. Untrusted. */
  readonly entries: readonly string[];
}

export type BrandWarningCode =
  | 'entry_invalid'
  | 'entry_duplicate'
  | 'organization_inactive'
  | 'organization_name_missing'
  | 'organization_without_endpoint'
  | 'endpoint_inactive'
  | 'endpoint_not_fhir'
  | 'endpoint_address_invalid'
  | 'endpoint_version_unsupported'
  | 'reference_missing'
  | 'part_of_invalid'
  | 'logo_invalid'
  | 'url_invalid'
  | 'text_invalid';
