'use client';
/**
 * React components and hooks over a client of `smart-launch`. For React 18 and later, rendered in a browser, on a
 * server and under StrictMode.
 */

export { RequireSmart } from './react/guard.js';
export { SmartProvider } from './react/provider.js';
export { useSmart } from './react/state.js';
export { useSmartRequest } from './react/request.js';
export { useSmartSession } from './react/session.js';
export type { RequireSmartProps } from './react/guard.js';
export type { SmartProviderProps } from './react/provider.js';
export type { SmartRead } from './react/request.js';
export type { Smart } from './react/state.js';
