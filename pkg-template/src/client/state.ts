// @ts-nocheck
// The state of a client, and who wants to know of it.

import { SmartError } from '../error/smart-error.js';

/** @template S @param {S} initial */
export function createStore(initial) {
  let state = Object.freeze(initial);
  const listeners = new Set();
  const handlers = new Set();
  return {
    getState: () => state,
    set(change) {
      const next = { ...state, ...change };
      if (Object.keys(next).every((name) => next[name] === state[name])) return;
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
    /** Nobody wants to know any more. */
    clear() {
      listeners.clear();
      handlers.clear();
    },
    emit(event, detail) {
      // Not each request: who renders the state would do so for nothing.
      if (event !== 'request') for (const listener of [...listeners]) safely(listener, { type: event, detail });
      for (const entry of [...handlers]) {
        if (entry.event === event) safely(entry.listener, detail);
      }
    },
  };
}

function mustBeFunction(listener) {
  if (typeof listener === 'function') return;
  throw new SmartError({ code: 'config_invalid', message: 'the listener is not a function' });
}

/** What a listener throws is the app's, and must not end a sign-in. */
function safely(listener, detail) {
  try {
    listener(detail);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
