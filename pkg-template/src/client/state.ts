// The state of a client, and who wants to know of it.

import { SmartError } from '../error/smart-error.js';

/** An event with its name. Not each request: who renders the state would do so for nothing. */
type NamedEvent<Events> = {
  [Name in Exclude<keyof Events, 'request'>]: { readonly type: Name; readonly detail: Events[Name] };
}[Exclude<keyof Events, 'request'>];

export interface Store<State, Events> {
  getState(): State;
  set(change: Partial<State>): void;
  /** Calls `listener` after every change and with each event; gives the function that ends it. */
  subscribe(listener: (event?: NamedEvent<Events>) => void): () => void;
  /** Calls `listener` for an event; gives the function that ends it. */
  on<Name extends keyof Events>(event: Name, listener: (detail: Events[Name]) => void): () => void;
  /** Ends all listeners. */
  clear(): void;
  emit<Name extends keyof Events>(event: Name, detail: Events[Name]): void;
}

export function createStore<State extends object, Events extends object>(initial: State): Store<State, Events> {
  let state: State = Object.freeze(initial);
  const listeners = new Set<(event?: NamedEvent<Events>) => void>();
  const handlers = new Set<{ readonly event: keyof Events; readonly listener: (detail: never) => void }>();
  return {
    getState: () => state,
    set(change) {
      const next = { ...state, ...change };
      // TypeScript takes the names of members for any text.
      if ((Object.keys(next) as (keyof State)[]).every((name) => next[name] === state[name])) return;
      state = Object.freeze(next);
      for (const listener of [...listeners]) safely(listener);
    },
    subscribe(listener) {
      mustBeFunction(listener);
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    on(event, listener) {
      mustBeFunction(listener);
      const entry = { event, listener };
      handlers.add(entry);
      return () => void handlers.delete(entry);
    },
    clear() {
      listeners.clear();
      handlers.clear();
    },
    emit<Name extends keyof Events>(event: Name, detail: Events[Name]) {
      if (event !== 'request') {
        // Name and detail are of one event, which TypeScript does not follow.
        for (const listener of [...listeners]) safely(listener, { type: event, detail } as unknown as NamedEvent<Events>);
      }
      for (const entry of [...handlers]) {
        // It is a listener for this event.
        if (entry.event === event) safely(entry.listener as (detail: Events[Name]) => void, detail);
      }
    },
  };
}

function mustBeFunction(listener: unknown) {
  if (typeof listener === 'function') return;
  throw new SmartError({ code: 'config_invalid', message: 'the listener is not a function' });
}

/** What a listener throws is the app's, and must not end a sign-in. */
function safely<Detail>(listener: (detail: Detail) => void, detail?: Detail) {
  try {
    // Those for whom it may be left out take `undefined`.
    listener(detail as Detail);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
