/**
 * `smart-launch` without the engine's WebAssembly module inside, for apps that fetch and compile it their own way: as a
 * file of its own, streamed, from a cache. Everything else is as in `smart-launch`.
 */

import type { Response, URL, WebAssemblyModule } from './platform.js';

export * from './index.js';

/**
 * Says where the engine's module is: `smart-launch/smart-launch.wasm` of this very version. It is fetched and compiled when
 * the engine is needed first. Call it before that; without it, calls reject with `wasm_unavailable`.
 *
 * @param wasm its URL; an answer to `fetch`, compiled as it comes where its content type is `application/wasm`; its bytes;
 * or a module that is compiled already.
 * @example
 * setWasm(new URL('/smart-launch.wasm', location.href));
 */
export function setWasm(
  wasm: SmartLaunchWasm | PromiseLike<SmartLaunchWasm>,
): void;

/** What the engine can be made of. */
export type SmartLaunchWasm = string | URL | Response | ArrayBuffer | ArrayBufferView | WebAssemblyModule;
