// Ends the session if the user is not active for `idleTimeoutSeconds`. Timers of hidden and sleeping pages are late, so the time
// is also compared before each use of the session, and when the page becomes active.

import type { Failure } from '../error/failure.js';
import { IDLE } from '../error/immediate-errors.js';
import type { ClientContext } from './client-context.js';
import type { EngineContext } from './engine-context.js';
import type { SignOutOutcome } from './jobs.js';
import { createLastActivity } from './last-activity.js';
import type { SessionRecord } from './session-record.js';
import type { SmartExpiring } from './smart-events.js';
import type { SmartSession } from './smart-session.js';

/** Milliseconds before the end at which a session is expiring, and the largest part of the timeout that this may be. */
const MARGIN = 60_000;
const PART = 4;
/** Milliseconds after which the time is compared again, because timers stand still while the device sleeps. */
const LOOK = 10_000;

export interface IdleTimeout {
  /** Ends the current session if its time is over. */
  check(): void;
  /** Ends a session that is about to be entered if its time is over; returns whether it has ended. */
  hasEnded(record: SessionRecord, isSignIn: boolean): boolean;
}

interface Surroundings {
  readonly client: ClientContext;
  readonly engine: EngineContext;
  /** The option, which the engine has checked. */
  readonly seconds: number;
  /** Reports the result of a sign-out. */
  signedOut(outcome: SignOutOutcome): Promise<unknown>;
}

export function createIdleTimeout({ client, engine, seconds, signedOut }: Surroundings): IdleTimeout {
  if (!globalThis.document) throw { code: 'config_invalid', about: 'setting `idleTimeoutSeconds` needs a page' } satisfies Failure;
  if (!(seconds > 0)) throw { code: 'config_invalid', about: '`idleTimeoutSeconds` is not valid' } satisfies Failure;
  const { getState, set, emit } = client;
  const timeout = seconds * 1_000;
  const margin = Math.min(MARGIN, timeout / PART);
  let isListening = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let warning: SmartExpiring | undefined;

  const activity = createLastActivity(timeout, {
    active() {
      // Input after the end does not extend the session.
      check();
      if (!client.record) return;
      activity.mark();
      if (warning) check();
    },
    changed: check,
  });

  function check() {
    clearTimeout(timer);
    const { record } = client;
    if (!record) return;
    const left = timeout - activity.idleFor();
    if (left <= 0) return end(record, left);
    if (left > margin) set({ expiring: (warning = undefined) });
    else if (!warning) warn(left);
    timer = setTimeout(check, Math.min(LOOK, Math.ceil(warning ? left : left - margin)));
    // In Node a timer is an object.
    (timer as { unref?(): void }).unref?.();
  }

  function warn(left: number) {
    // There is a session while there is a record.
    const session = getState().session as SmartSession;
    warning = Object.freeze({ reason: 'idle', expiresAt: Date.now() + left, session });
    set({ expiring: warning });
    // A listener may have ended the session.
    if (warning) emit('expiring', warning);
  }

  function end(record: SessionRecord, left: number) {
    const { key, state: family } = record;
    // After the timeout somebody may have signed in again, and that session stays.
    const isAlone = left === -Infinity;
    const ended = isAlone ? engine.run('end', { key, family }) : engine.wipe({ present: JSON.stringify(record) });
    client.unmark();
    client.signOuts += 1;
    const error = new client.errors.SmartError(IDLE);
    // The app must not sign out the new user, at the server for instance.
    client.end(isAlone ? 'replaced' : 'idle', error);
    // For a later logout(): only what the logout URL needs. The tokens are being revoked.
    const spent = { access_token: 'revoked', refresh_token: '', revocationEndpoint: '' };
    client.lost = { ...record, ...spent };
    emit('error', error);
    ended.then((outcome) => outcome && signedOut(outcome)).catch((failure) => emit('error', failure));
  }

  function attend() {
    const { session } = getState();
    // Another session has taken the place of the one that the warning names.
    if (warning && session && warning.session !== session) set({ expiring: (warning = Object.freeze({ ...warning, session })) });
    if (isListening === Boolean(client.record)) return;
    isListening = !isListening;
    warning = undefined;
    if (isListening) activity.listen();
    else activity.stop();
    check();
  }

  client.subscribe(attend);
  client.closing.add(attend);

  return {
    check,
    hasEnded(record, isSignIn) {
      // A sign-in in a page that has a session may be a silent one.
      if (!client.record) activity.begin(record.issued, isSignIn && !record.generation);
      const left = timeout - activity.idleFor();
      if (left <= 0) end(record, left);
      return left <= 0;
    },
  };
}
