/**
 * `smart-launch` without the embedded WebAssembly module, for apps that fetch and compile it themselves: as a separate
 * file, streamed, or from a cache. Everything else is as in `smart-launch`.
 */

export * from './index.js';
export { setWasm } from './engine/wasm-source.js';
export type { SmartLaunchWasm } from './engine/wasm-source.js';
