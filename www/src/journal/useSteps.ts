import { useSyncExternalStore } from 'react';
import type { Journal } from './journal';
import type { Step } from './step';

/** The journal's steps; renders again when one is added. */
export function useSteps(journal: Journal): readonly Step[] {
  return useSyncExternalStore(journal.subscribe, journal.getSteps);
}
