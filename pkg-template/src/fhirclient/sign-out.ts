// Signing out, as apps of `fhirclient` do: by removing the record of the sign-in from `sessionStorage`.

import { createSmartClient } from '../client/create-client.js';
import type { SmartClientOptions } from '../client/options.js';
import type { SmartClient } from '../client/smart-client.js';
import { isRemoved } from './smart-key.js';

/** Name of this entry of the package. */
export const ENTRY = 'fhirclient';

/** A call that the clients of this entry have in addition. */
interface Additional {
  /** Ends the session of this page; unlike `logout()`, no pending sign-in, and no session of an iframe. */
  endSession(): Promise<unknown>;
}

export const createClient = (options: SmartClientOptions): SmartClient =>
  createSmartClient(options, { entry: ENTRY, more: ['endSession'] });

/**
 * Signs out: in all iframes if the app has removed `SMART_KEY`, otherwise only in this page; then other sessions and pending
 * sign-ins remain. Resolves when the session has ended in this page, without waiting for the revocation.
 */
export async function signOut(smart: SmartClient): Promise<void> {
  // `logout()` would end a sign-in that has begun since the session ended.
  if (!smart.getState().session) return;
  await new Promise<unknown>((resolve) => {
    smart.on('signedOut', resolve);
    // Each client is from `createClient`.
    const call = isRemoved() ? smart.logout() : (smart as SmartClient & Additional).endSession();
    call.then(resolve, resolve);
  });
}
