/**
 * The platform's types as `lib.dom` or a runtime declares them, else a minimal form, so that the declarations of this
 * package compile in programs that have neither.
 */

type Global = typeof globalThis;

/** The type of the instances of a global class. */
type Instance<Name extends string, Least> = Global extends { [Class in Name]: { prototype: infer Type } } ? Type : Least;

export type AbortController = Instance<'AbortController', { readonly signal: AbortSignal; abort(reason?: unknown): void }>;
export type AbortSignal = Instance<'AbortSignal', { readonly aborted: boolean }>;
export type CryptoKey = Instance<'CryptoKey', { readonly type: string; readonly extractable: boolean }>;
export type FormData = Instance<'FormData', { append(name: string, value: string): void }>;
export type Request = Instance<'Request', { readonly method: string; readonly url: string }>;
export type Response = Instance<'Response', { readonly ok: boolean; readonly status: number; json(): Promise<unknown>; text(): Promise<string> }>;
export type URL = Instance<'URL', { readonly href: string }>;
export type URLSearchParams = Instance<'URLSearchParams', { append(name: string, value: string): void; toString(): string }>;
export type Worker = Instance<'Worker', { postMessage(message: unknown): void; terminate(): void }>;
export type WebAssemblyModule = Global extends { WebAssembly: { Module: { prototype: infer Type } } } ? Type : object;

/** Second parameter of `fetch`. */
export type RequestInit = Global extends { fetch(input: never, init?: infer Init): unknown } ? NonNullable<Init> : LeastRequestInit;

/** Body of a request. */
export type BodyInit = RequestInit extends { body?: infer Body } ? NonNullable<Body> : never;

interface LeastRequestInit {
  method?: string | undefined;
  headers?: Record<string, string> | [string, string][] | undefined;
  body?: string | ArrayBuffer | ArrayBufferView | null | undefined;
  signal?: AbortSignal | null | undefined;
}

export {};
