// Options of requests, and their results.

import type { RequestInit, Response, URL } from '../values/platform.js';
import type { JsonObject } from './json.js';

export interface FetchOptions extends RequestInit {
  /** Gives `{ body, response }` instead of the body. */
  includeResponse?: boolean | undefined;
}

export interface RequestOptions extends FetchOptions {
  url: string | URL;
}

export interface FhirOptions {
  /** Pages to read, 0 for all. With any number but 1 the result is a list. Default 1. */
  pageLimit?: number | undefined;
  /** Called with each page, and awaited; the request then gives `null`. */
  onPage?: (page: any, references?: any) => unknown;
  /** Resources instead of Bundles. */
  flat?: boolean | undefined;
  /** `false`: references are not put in place, but beside: `{ data, references }`. Default `true`. */
  graph?: boolean | undefined;
  /** Paths of references to resolve: `subject`, `performer.0`, `identifier..assigner`. */
  resolveReferences?: string | string[] | undefined;
  /** `false`: the token is not renewed for this request. Default `true`. */
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
  [option: string]: any;
}

export type RequestFunction<R = any> = <O extends FetchOptions = {}>(options?: O) => Promise<Result<R, O>>;
