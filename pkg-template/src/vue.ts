/**
 * A plugin, composables and a navigation guard for Vue, over a client of `smart-launch`. For Vue 3.5 and later, in browsers and in
 * server rendering; the guard is for Vue Router 4 and later.
 */

export { requireSmart } from './vue/guard.js';
export { smartPlugin } from './vue/plugin.js';
export { useSmart } from './vue/state.js';
export { useSmartRequest } from './vue/request.js';
export type { SmartGuard, SmartRoute } from './vue/guard.js';
export type { SmartRefs } from './vue/state.js';
export type { SmartReadRefs } from './vue/request.js';
