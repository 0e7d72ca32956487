import type { SmartClient } from 'smart-launch';
import { readSteps, writeSteps } from './storage';
import type { NewStep, Step } from './step';

/** The steps since the last sign-in started, in order. Contains no secrets, because the library's events have none. */
export interface Journal {
  subscribe(listener: () => void): () => void;
  /** Returns the same array until a step is added. */
  getSteps(): readonly Step[];
  /** Deletes all steps and starts again with a sign-in. */
  begin(text: string): void;
}

/** Records the steps of `client`. The steps survive the redirect to the sign-in page, so that one list has all steps. */
export function createJournal(client: SmartClient): Journal {
  const listeners = new Set<() => void>();
  let steps = readSteps();
  let isStored = true;

  const replaceSteps = (newSteps: readonly Step[]) => {
    steps = newSteps;
    writeSteps(isStored ? steps : []);
    for (const listener of listeners) listener();
  };
  const add = (step: NewStep) => {
    const id = (steps.at(-1)?.id ?? 0) + 1;
    replaceSteps([...steps, { ...step, id, at: Date.now() }].slice(-MAX_STEPS));
  };

  const lastStep = steps.at(-1);
  if (lastStep?.kind === 'redirect') {
    add({ kind: 'note', tone: 'plain', text: `Back on this page after ${seconds(Date.now() - lastStep.at)}` });
  }

  client.on('request', (request) => add({ kind: 'request', request }));
  client.on('signedIn', () => add({ kind: 'note', tone: 'good', text: 'Signed in' }));
  client.on('refreshed', () => add({ kind: 'note', tone: 'good', text: 'New token in use' }));
  client.on('signedOut', ({ reason }) => {
    // The URLs contain the patient's id. They may stay on the screen, but not in the browser's storage.
    isStored = false;
    add({ kind: 'note', tone: 'plain', text: reason === 'logout' ? 'Signed out' : 'The session expired' });
  });
  client.on('error', (error) => add({ kind: 'note', tone: 'bad', text: error.message }));

  // The library's event `redirecting` comes before the redirect. A `pagehide` during a sign-in means that the page is left.
  window.addEventListener('pagehide', () => {
    if (client.getState().activity === 'signing-in') add({ kind: 'redirect' });
  });

  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    getSteps: () => steps,
    begin(text) {
      isStored = true;
      replaceSteps([]);
      add({ kind: 'note', tone: 'plain', text });
    },
  };
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 1 : 0)} s`;
}

const MAX_STEPS = 80;
