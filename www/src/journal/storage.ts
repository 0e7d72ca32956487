import type { Step } from './step';

/** The steps stored before a reload or a redirect; empty if storage is blocked. */
export function readSteps(): readonly Step[] {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
    return Array.isArray(stored) && stored.every(isStep) ? stored : [];
  } catch {
    return [];
  }
}

export function writeSteps(steps: readonly Step[]): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(steps));
  } catch {
    // The list is optional: without storage it starts empty on every page.
  }
}

function isStep(value: unknown): value is Step {
  return typeof value === 'object' && value !== null && 'kind' in value && 'id' in value && 'at' in value;
}

const KEY = 'smart-launch-demo.steps';
