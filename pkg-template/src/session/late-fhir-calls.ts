// Loads the calls for single interactions of the FHIR API with the first of them.

import type { FhirAccess } from './fhir-access.js';
import type { FhirCalls, UserOptions } from './fhir-calls.js';

export interface LateFhirCalls extends FhirCalls {
  /** Reads the resource of a session's user; `signed_out` if its sign-in is not `of` any more. */
  user(fhirUser: string | null, of: unknown, options?: UserOptions): Promise<unknown>;
}

export function lateFhirCalls(access: FhirAccess): LateFhirCalls {
  const late = <T>(call: (calls: LoadedFhirCalls) => T | Promise<T>): Promise<T> => {
    // Now, because another user may have signed in when the chunk is there.
    const of = access.signIn();
    return access.errors.withChunk(import('./create-fhir-calls.js'), (chunk) => call(chunk.createFhirCalls(access, of)));
  };
  return {
    async *pages<T>(...given: Parameters<LoadedFhirCalls['pages']>) {
      // Only the app knows the type of a Bundle.
      yield* (await late(({ pages }) => pages(...given))) as AsyncGenerator<T, void, undefined>;
    },
    create: (...given) => late(({ create }) => create(...given)),
    update: (...given) => late(({ update }) => update(...given)),
    patch: (...given) => late((calls) => calls.patch(...given)),
    delete: (...given) => late((calls) => calls.delete(...given)),
    user: (...given) => late((calls) => calls.user(...given)),
  };
}

type LoadedFhirCalls = ReturnType<typeof import('./create-fhir-calls.js').createFhirCalls>;
