// The entry for apps that fetch the engine's module themselves.

export * from './index.js';
export { setWasm } from './engine/wasm-source.js';
