// Loads the code of the FHIR calls (`pages`, `create` and so on) with the first call.

import type { FhirAccess } from './fhir-access.js';
import type { FhirCalls, UserOptions } from './fhir-calls.js';

export interface LateFhirCalls extends FhirCalls {
  /** Reads the resource of a session's user. Rejects with `signed_out` if the current sign-in is not `signIn` any more. */
  user(fhirUser: string | null, signIn: unknown, options?: UserOptions): Promise<unknown>;
}

export function lateFhirCalls(access: FhirAccess): LateFhirCalls {
  const late = <T>(call: (calls: LoadedFhirCalls) => T | Promise<T>): Promise<T> => {
    // The sign-in is read now, because another user may sign in before the chunk is loaded.
    const signIn = access.signIn();
    return access.errors.withChunk(import('./create-fhir-calls.js'), (chunk) => call(chunk.createFhirCalls(access, signIn)));
  };
  return {
    async *pages<T>(...args: Parameters<LoadedFhirCalls['pages']>) {
      // Only the app knows the type of a Bundle.
      yield* (await late(({ pages }) => pages(...args))) as AsyncGenerator<T, void, undefined>;
    },
    create: (...args) => late(({ create }) => create(...args)),
    update: (...args) => late(({ update }) => update(...args)),
    patch: (...args) => late((calls) => calls.patch(...args)),
    delete: (...args) => late((calls) => calls.delete(...args)),
    user: (...args) => late((calls) => calls.user(...args)),
  };
}

type LoadedFhirCalls = ReturnType<typeof import('./create-fhir-calls.js').createFhirCalls>;
