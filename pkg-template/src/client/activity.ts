// Runs the operations that the state shows as `activity`, for clients that do not use the WebAssembly module.

import { withSmartErrors } from '../error/create-error.js';
import type { SmartError } from '../error/smart-error.js';
import type { SmartActivity } from '../session/smart-state.js';
import type { Store } from './state.js';

interface ActivityState {
  readonly status: string;
  readonly session: unknown;
  readonly error: SmartError | null;
  readonly activity: SmartActivity;
}

/**
 * Creates the function that runs `work` and shows it as `activity`. A failure is set in the state, emitted as the event `error`,
 * and thrown. `status` is the status of the state after a failure without a session.
 */
export function createActivity<State extends ActivityState, Events extends { error: SmartError }>({
  getState,
  set,
  emit,
}: Pick<Store<State, Events>, 'getState' | 'set' | 'emit'>) {
  // The members fit together, which TypeScript cannot infer: `status` changes only with an error, and without a session.
  const change = (members: Partial<ActivityState>) => set(members as Partial<State>);
  return async function during<T>(
    activity: SmartActivity,
    work: () => Promise<T>,
    status?: 'error' | 'unauthenticated',
  ): Promise<T> {
    change({ activity });
    try {
      return await withSmartErrors(work)();
    } catch (caught) {
      // `withSmartErrors` rejects only with a SmartError.
      const error = caught as SmartError;
      change(getState().session || !status ? { error } : { error, status });
      emit('error', error);
      throw error;
    } finally {
      change({ activity: 'idle' });
    }
  };
}
