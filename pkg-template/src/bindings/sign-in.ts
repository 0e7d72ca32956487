// Numbers the sign-ins of a client, so that bindings notice that another user or patient is signed in.

import type { AnyClient, AnySession } from './any-client.js';

/** By client: a number that changes with each sign-in and each end of a session. */
const signIns = new WeakMap<AnyClient, number>();

/** The number of the session's sign-in; `null` without a session. Refreshing a token is not a sign-in. */
export function signInOf(client: AnyClient): number | null {
  if (!signIns.has(client)) {
    signIns.set(client, 0);
    let last = personIn(client);
    client.subscribe((event) => {
      const person = personIn(client);
      // The state changes before the event `signedIn`; and a session that is restored later may be of another user, without the
      // event.
      if (event?.type === 'signedIn' || person === null || person !== last) signIns.set(client, (signIns.get(client) ?? 0) + 1);
      last = person;
    });
  }
  return client.getState().session && (signIns.get(client) ?? 0);
}

/** The user, the patient and the encounter of a session, as a key for comparison. */
export const personOf = ({ serverUrl, issuer, idToken, fhirUser, patient, encounter }: AnySession): string =>
  JSON.stringify([serverUrl, issuer, idToken?.sub, fhirUser, patient, encounter]);

function personIn(client: AnyClient): string | null {
  const { session } = client.getState();
  return session && personOf(session);
}
