/**
 * App state (SMART App Launch 2.2, "Persisting App State", experimental): a small amount of configuration that an app stores at the
 * EHR, for its user, for a patient, or for all of its users.
 */

export { createAppState } from './app-state/create-app-state.js';
export type {
  AppState,
  AppStateClient,
  AppStateEntry,
  AppStateOptions,
  AppStateRequestOptions,
} from './app-state/state.js';
