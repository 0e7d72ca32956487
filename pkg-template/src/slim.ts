/**
 * `smart-launch` without the engine's WebAssembly module inside, for apps that fetch and compile it their own way: as a
 * file of its own, streamed, from a cache. Everything else is as in `smart-launch`.
 */

export * from './index.js';
export { setWasm } from './engine/wasm-source.js';
export type { SmartLaunchWasm } from './engine/wasm-source.js';
