/**
 * Stores for Svelte, and a `load` function for SvelteKit, over a client of `smart-launch`. For Svelte 5. With runes, use the
 * stores through `fromStore` of `svelte/store`.
 */

export { requireSmart } from './svelte/guard.js';
export { smartRequest } from './svelte/request.js';
export { smartState } from './svelte/state.js';
export type { SmartLoad } from './svelte/guard.js';
export type { SmartRead } from './bindings/read.js';
