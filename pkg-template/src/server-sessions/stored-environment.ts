// The effects of flows whose records are in the session store.

import { EFFECTS, Env } from '../../../src/web/env.js';
import type { Effect, World } from '../../../src/web/env.js';
import { reach } from '../../../src/web/reachability.js';
import type { StoredRecord } from './stored-record.js';

/** Prefix of the names of records and locks that belong to users; all others are about public documents. */
const OF_USERS = 'smart-launch:';
/** Seconds for an effect whose parts have deadlines of their own. */
const OWN_DEADLINE = 1_000_000;

/** Purposes of requests that are recorded before they are sent. */
const RECORDED: readonly string[] = ['token', 'refresh'];

/** The environment of a flow over one record of the store. */
export class StoredEnvironment extends Env {
  readonly stored: StoredRecord;

  /** @param world its locks and unused responses are shared by the flows of this process; its memory is not used */
  constructor(stored: StoredRecord, observe: (event: object) => void, world: World) {
    super(observe, { ...world, memory: stored.memory });
    this.stored = stored;
  }
}

let isInstalled = false;

/** Replaces some effects of this bundle. The replacements apply only to flows with a `StoredEnvironment`. */
export function installEffects(): void {
  if (isInstalled) return;
  isInstalled = true;
  EFFECTS.reach ??= reach;
  for (const [name, own] of Object.entries(STORED)) {
    const usual = EFFECTS[name];
    EFFECTS[name] = (env, ...texts) =>
      env instanceof StoredEnvironment ? own(env, texts, (...given) => usual?.(env, ...given)) : usual?.(env, ...texts);
  }
}

type StoredEffect = (
  env: StoredEnvironment,
  texts: string[],
  usual: (...texts: string[]) => ReturnType<Effect>,
) => ReturnType<Effect>;

// The first text of `load`, `save`, `remove`, `keys` and `lock` is the storage area. While a flow runs, all its records are in
// memory, for which the area is empty. Other areas are ignored, because Deno has a `localStorage`, which all users would share.
const STORED: Record<string, StoredEffect> = {
  load: (_, texts, usual) => (texts[0] ? undefined : usual(...texts)),
  save: (_, texts, usual) => (texts[0] ? undefined : usual(...texts)),
  remove: (_, texts, usual) => (texts[0] ? undefined : usual(...texts)),
  keys: (_, texts, usual) => (texts[0] ? '' : usual(...texts)),

  // Nothing is sent to other instances: they find changes in the store. A channel of the platform would reach other threads.
  publish: () => undefined,
  leave: () => undefined,
  ask: () => Promise.resolve(''),

  lock(env, [, name = '', seconds = ''], usual) {
    // The lock of this process comes first, so that only one caller of the process requests the lock of the store.
    const own = usual('', name, seconds);
    if (typeof own === 'string' || !name.startsWith(OF_USERS)) return own;
    env.seconds = OWN_DEADLINE;
    return Promise.resolve(own).then(async (note) => (note && (await env.stored.lock(Number(seconds))) ? note : ''));
  },

  send: (env, texts, usual) => sendStored(env, texts, usual, RECORDED.includes(String(texts[0]))),
  // Sends revocations. If the record could not be removed, none is sent, and the next sign-out revokes the tokens.
  sendAll: (env, texts, usual) => sendStored(env, texts, usual, true),
};

/**
 * Stores the record, and then sends the request: a flow records that it uses a code or a refresh token before it sends it.
 *
 * @param isDiscardable whether the changes are only about this request, so that they are discarded if it is not sent
 */
async function sendStored(env: StoredEnvironment, texts: string[], usual: Parameters<StoredEffect>[2], isDiscardable: boolean) {
  env.seconds = OWN_DEADLINE;
  const { stored } = env.stored;
  try {
    await env.stored.save();
    // The lock may have been lost while the record was stored.
    if (RECORDED.includes(String(texts[0]))) await env.stored.check();
  } catch (error) {
    if (isDiscardable) env.stored.discard(stored);
    throw error;
  }
  return usual(...texts);
}
