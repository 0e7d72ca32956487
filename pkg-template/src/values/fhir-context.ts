// Resources in the context of a launch.

/** An item of `fhirContext` (SMART App Launch 2.2, "fhirContext"). */
export interface FhirContextItem {
  readonly reference?: string;
  readonly canonical?: string;
  readonly identifier?: { readonly system?: string; readonly value?: string; readonly [name: string]: unknown };
  readonly type?: string;
  /** `launch` if the server states none. */
  readonly role: string;
  readonly [name: string]: unknown;
}
