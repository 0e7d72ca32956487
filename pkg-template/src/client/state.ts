// The state of a client and its listeners.

import { SmartError } from '../error/smart-error.js';

/** An event with its name. `request` is left out, because listeners that render the state would do so for each request. */
type NamedEvent<Events> = {
  [Name in Exclude<keyof Events, 'request'>]: { readonly type: Name; readonly detail: Events[Name] };
}[Exclude<keyof Events, 'request'>];

export interface Store<State, Events> {
  getState(): State;
  set(change: Partial<State>): void;
  /** Calls `listener` after every change and with each event. Returns a function that unsubscribes. */
  subscribe(listener: (event?: NamedEvent<Events>) => void): () => void;
  /** Calls `listener` for an event. Returns a function that unsubscribes. */
  on<Name extends keyof Events>(event: Name, listener: (detail: Events[Name]) => void): () => void;
  /** Removes all listeners. */
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
      // `Object.keys` has the type `string[]`.
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
        // TypeScript does not know that name and detail belong to one event.
        for (const listener of [...listeners]) safely(listener, { type: event, detail } as unknown as NamedEvent<Events>);
      }
      for (const entry of [...handlers]) {
        // The listener is for this event, so it takes this detail.
        if (entry.event === event) safely(entry.listener as (detail: Events[Name]) => void, detail);
      }
    },
  };
}

function mustBeFunction(listener: unknown) {
  if (typeof listener === 'function') return;
  throw new SmartError({ code: 'config_invalid', message: 'the listener is not a function' });
}

/** Reports an exception of a listener as uncaught, so that it does not end a sign-in. */
function safely<Detail>(listener: (detail: Detail) => void, detail?: Detail) {
  try {
    // Listeners of `subscribe` accept `undefined`.
    listener(detail as Detail);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
