'use client';
/**
 * React components and hooks for a client of `smart-launch`. For React 18 and later, in browsers, in server rendering
 * and under StrictMode.
 */

export { RequireSmart } from './react/guard.js';
export { SmartProvider } from './react/provider.js';
export { useSmart } from './react/state.js';
export { useSmartRequest } from './react/request.js';
export { useSmartSession } from './react/session.js';
export type { RequireSmartProps } from './react/guard.js';
export type { SmartProviderProps } from './react/provider.js';
export type { SmartRead } from './bindings/read.js';
export type { Smart } from './react/state.js';
