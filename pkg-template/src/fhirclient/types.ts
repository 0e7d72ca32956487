// The types under the names that apps know, `fhirclient.FetchOptions` for instance. `any` is used where the package
// `fhirclient` uses it, so that apps that were written for that package still compile.

import type * as FHIR from './fhir.js';

export type { FHIR };
export type { ClientState, IDToken, TokenResponse } from './client-state.js';
export type { OAuthSecurityExtensions, WellKnownSmartConfiguration } from './conformance.js';
export type {
  JsonPatch,
  JsonPatchAdd,
  JsonPatchCopy,
  JsonPatchMove,
  JsonPatchOperation,
  JsonPatchRemove,
  JsonPatchReplace,
  JsonPatchTest,
} from './json-patch.js';
export type { JsonArray, JsonObject, JsonPrimitive, JsonValue } from './json.js';
export type { ObservationMap } from './observations.js';
export type { AuthorizeParams, codeChallengeMethod, PkceMode, ReadyOptions, WindowTarget } from './options.js';
export type {
  CombinedFetchResult,
  FetchOptions,
  FetchResult,
  FhirOptions,
  IncludeResponseHint,
  RequestFunction,
  RequestOptions,
  Result,
} from './request-options.js';
export type { BrowserFHIRSettings } from './settings.js';
export type { SMART } from './sign-in.js';
export type { CodeValue } from './units.js';
