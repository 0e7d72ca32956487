'use client';
// The binding for React: the client's state and calls in components. React is the app's, the client the entry's.

export { RequireSmart } from './react/guard.js';
export { SmartProvider } from './react/provider.js';
export { useSmart } from './react/state.js';
export { useSmartRequest } from './react/request.js';
export { useSmartSession } from './react/session.js';
