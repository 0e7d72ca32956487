// Numbers the sign-ins of a client, so that code that uses the client notices a sign-in of another user or patient.

import type { SmartSession } from '../session/smart-session.js';

type Person = Pick<SmartSession, 'serverUrl' | 'issuer' | 'idToken' | 'fhirUser' | 'patient' | 'encounter'>;

/** The members of a client, of any kind, that are read here. */
interface SignedInClient {
  getState(): { readonly session: Person | null };
  subscribe(listener: (event?: { readonly type: string }) => void): unknown;
}

/** By client: the function that returns the number. Each client has one listener, which `dispose()` of the client removes. */
const signIns = new WeakMap<SignedInClient, () => number | null>();

/** The number of the session's sign-in; `null` without a session. Refreshing a token is not a sign-in. */
export function signInOf(client: SignedInClient): number | null {
  let read = signIns.get(client);
  if (!read) signIns.set(client, (read = follow(client)));
  return read();
}

function follow(client: SignedInClient): () => number | null {
  let number = 0;
  /** The session that has this number. Listeners get the session before the event `signedIn`, and may read the number then. */
  let { session: countedSession } = client.getState();
  let lastPerson = personIn(countedSession);
  const read = (isSignIn = false) => {
    const { session } = client.getState();
    const person = personIn(session);
    // A session that is restored later may be of another user, and has no event `signedIn`.
    if (person !== lastPerson || (isSignIn && session !== countedSession)) {
      number += 1;
      countedSession = session;
    }
    lastPerson = person;
    return session && number;
  };
  client.subscribe((event) => void read(event?.type === 'signedIn'));
  return read;
}

/** The user, the patient and the encounter of a session, as a key for comparison. */
export const personOf = ({ serverUrl, issuer, idToken, fhirUser, patient, encounter }: Person): string =>
  JSON.stringify([serverUrl, issuer, idToken?.sub, fhirUser, patient, encounter]);

const personIn = (session: Person | null) => session && personOf(session);
