// Options of requests, and their results.

import type { RequestInit, Response, URL } from '../values/platform.js';
import type { JsonObject } from './json.js';

export interface FetchOptions extends RequestInit {
  /** Resolves to `{ body, response }` instead of the body. */
  includeResponse?: boolean | undefined;
}

export interface RequestOptions extends FetchOptions {
  url: string | URL;
}

export interface FhirOptions {
  /** Number of pages to read, 0 for all. With any number other than 1 the result is an array. Default 1. */
  pageLimit?: number | undefined;
  /** Called with each page, and awaited; the request then resolves to `null`. The app states the types, hence `any`. */
  onPage?: (page: any, references?: any) => unknown;
  /** Return resources instead of Bundles. */
  flat?: boolean | undefined;
  /**
   * `true` (the default): references are replaced by the resources to which they point. `false`: the resources are returned
   * separately, as `{ data, references }`.
   */
  graph?: boolean | undefined;
  /** Paths of references to resolve: `subject`, `performer.0`, `identifier..assigner`. */
  resolveReferences?: string | string[] | undefined;
  /** `false`: the token is not refreshed for this request. Default `true`. */
  useRefreshToken?: boolean | undefined;
}

export interface CombinedFetchResult<T = JsonObject | string> {
  body?: T;
  response: Response;
}

export type FetchResult = Response | JsonObject | string | CombinedFetchResult;

export type Result<R, O> = O extends { includeResponse: true } ? CombinedFetchResult<R> : R;

export interface IncludeResponseHint {
  includeResponse?: boolean;
  /** Options of any type. */
  [option: string]: any;
}

export type RequestFunction<R = any> = <O extends FetchOptions = {}>(options?: O) => Promise<Result<R, O>>;
