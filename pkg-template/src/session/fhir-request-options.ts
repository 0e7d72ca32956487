// Options of requests to the FHIR API.

import type { BodyInit, RequestInit } from '../values/platform.js';

export interface SmartFetchInit extends RequestInit {
  /**
   * Send the request again after a 401 response even if the method is not idempotent (POST, PATCH), for instance for
   * `_search`.
   */
  replay?: boolean | undefined;
}

export interface SmartRequestInit extends Omit<SmartFetchInit, 'body'> {
  /** An object is sent as FHIR JSON, an array with `PATCH` as JSON Patch. */
  body?: BodyInit | object | null | undefined;
}
