// A record of the session store, with the engine's records of one sign-in or session in it. The changes of a flow are stored
// before the flow sends a request, and at its end.

import type { BrowserSecret } from './cookies.js';
import type { Seal } from './seal.js';
import type { SessionStore, StoreLock } from './session-store.js';
import { isReplaced, lockOf, lost, replaceStored, withStoreDeadline } from './store-calls.js';

/** Seconds to wait for a lock: longer than a token request takes, and longer than the lease of a process that has ended. */
export const PATIENCE = 30;

/** If the store fails at the end of a flow: milliseconds for which storing is tried again, and milliseconds between attempts. */
const RETRY_TIME = 60_000;
const PAUSE = 500;

/** The members of a record besides those of the engine. */
export interface RecordMembers {
  /** Hash of the browser's secret. */
  readonly browser: string;
  /** When the record was created, in milliseconds since 1970. */
  readonly created: number;
  /** Of a used sign-in: id of the session that it has created. */
  readonly session?: string;
  /** Of a used sign-in: path to return to, in case the response to the callback was lost. */
  readonly returnTo?: string;
  /** Of a sign-in: the browser's cookie, in case the callback arrives without it, or the response that sets it was lost. */
  readonly cookie?: BrowserSecret;
}

interface Content extends RecordMembers {
  readonly records: readonly (readonly [key: string, record: string])[];
}

/** The session store, and what its records share. */
export interface RecordDependencies {
  readonly store: SessionStore;
  readonly seal: Seal;
  /** Contents that could not be stored, by key: newer than those in the store. */
  readonly unsaved: Map<string, string>;
  /**
   * Revokes the tokens in records of the engine that are not stored, because the session was signed out meanwhile or could not be
   * created.
   */
  revoke(records: ReadonlyMap<string, string>): Promise<unknown>;
}

export class StoredRecord {
  readonly key: string;
  /** The engine's records. */
  readonly memory = new Map<string, string>();
  members: RecordMembers | undefined;
  readonly #dependencies: RecordDependencies;
  /** When the record expires, in milliseconds since 1970. */
  readonly #end: (members: RecordMembers) => number;
  /** The content that was last read or stored, as text; and that text encrypted, unless it could not be stored. */
  #stored: string | undefined;
  #sealed: string | undefined;
  /**
   * Whether the store may have other content than `#stored`: it has failed to store or remove the record, but may have done so
   * nevertheless; or the record was reset to former content, and the store still has the discarded one.
   */
  #isInDoubt = false;
  /** If in doubt: the encrypted text that the store may have; `undefined` if it may have removed the record. */
  #attempted: string | undefined;
  #lock: StoreLock | undefined;

  /** @param lifetime seconds from the creation of the record until it expires */
  constructor(dependencies: RecordDependencies, key: string, lifetime: number) {
    this.key = key;
    this.#dependencies = dependencies;
    this.#end = ({ created }) => created + lifetime * 1000;
  }

  /** Reads the record; returns whether there is one. */
  async load(): Promise<boolean> {
    const { store, seal, unsaved } = this.#dependencies;
    const newer = unsaved.get(this.key);
    this.#sealed = newer === undefined ? ((await withStoreDeadline(() => store.get(this.key))) ?? undefined) : undefined;
    return this.#become(newer ?? (await open(this.#sealed, this.key, seal)));
  }

  #become(text: string | undefined): boolean {
    const content = contentOf(text);
    this.memory.clear();
    this.members = undefined;
    this.#stored = undefined;
    if (!content || this.#end(content) <= Date.now()) return false;
    const { records, ...members } = content;
    for (const [key, record] of records) this.memory.set(key, record);
    this.members = members;
    this.#stored = text;
    return true;
  }

  /** The content that was last read or stored, as text. */
  get stored(): string | undefined {
    return this.#stored;
  }

  /** Resets the record to content that was read or stored before. If other content was stored since, `close` replaces it. */
  discard(former: string | undefined): void {
    if (former !== this.#stored) {
      this.#isInDoubt = true;
      this.#attempted = this.#sealed;
    }
    this.#become(former);
  }

  /**
   * Stores the record if it has changed, or removes it if nothing is left.
   *
   * A process that was stopped for a while may have lost its lock without detecting it. So a flow with a lock does not replace or
   * remove a record that was changed since the flow read it: the refresh token that the flow has read may already be used. If the
   * store has no `replace`, this is checked in a separate step before, so a change between the two steps is not detected.
   * Of the flows without a lock, only a sign-out changes a record that was stored before.
   *
   * @param isEnd whether the flow has ended. Changes are then stored even if the lock was lost, because a response that was
   *   received must not be lost.
   */
  async save(isEnd = false): Promise<void> {
    const { store, seal, unsaved } = this.#dependencies;
    const { members } = this;
    const text = members && this.#text(members);
    const isSame = text === this.#stored;
    // If in doubt, the store may have changes that were discarded: it may say that a refresh token was sent, although it was not.
    if (isSame && !this.#isInDoubt) return;
    const sealed = text === undefined ? undefined : await seal.seal(text, this.key);
    try {
      const present = this.#lock && (await this.#present());
      // Checked directly before the record is stored, because the process may have been stopped while it waited. At the end of a
      // flow it is checked only if all changes were discarded, so that no response would be lost, and the store has no `replace`.
      if (!isEnd || (isSame && !store.replace)) await this.check();
      const seconds = members ? Math.max(1, Math.ceil((this.#end(members) - Date.now()) / 1000)) : 0;
      this.#isInDoubt = this.#lock !== undefined;
      this.#attempted = sealed;
      if (present !== undefined && store.replace) await this.#replace(present, sealed, seconds);
      else if (sealed !== undefined) await withStoreDeadline(() => store.set(this.key, sealed, seconds));
      else await withStoreDeadline(() => store.delete(this.key));
    } catch (error) {
      if (isReplaced(error)) this.#isInDoubt = false;
      throw error;
    }
    this.#isInDoubt = false;
    this.#stored = text;
    this.#sealed = sealed;
    unsaved.delete(this.key);
  }

  /**
   * Stores or removes the record in one step, if it has not changed since it was read: a process that is stopped between two steps
   * would replace or remove newer tokens.
   *
   * @param sealed `undefined` to remove the record. It is first replaced by an empty text, which all callers read as no record, so
   *   that none of them stores the record again before it is deleted.
   */
  async #replace(present: string, sealed: string | undefined, seconds: number) {
    const { store } = this.#dependencies;
    const isRemoved = sealed === undefined;
    if (!(await replaceStored(store, this.key, present, isRemoved ? '' : sealed, isRemoved ? 1 : seconds))) throw await lost();
    // If this fails, the empty text expires.
    if (isRemoved) await withStoreDeadline(() => store.delete(this.key)).catch(() => {});
  }

  /** Rejects if this flow has lost its lock: the next holder may send the refresh token. */
  async check(): Promise<void> {
    if (this.#lock && !this.#lock.isHeld()) throw await lost();
  }

  /** Waits for the lock, and reads the record again. Returns whether the lock was granted. */
  async lock(seconds: number): Promise<boolean> {
    this.#lock ??= await lockOf(this.#dependencies.store, this.key, seconds);
    if (!this.#lock) return false;
    await this.load();
    return true;
  }

  /**
   * Stores the changes, and releases the lock. If the store fails, the record remains in memory and is stored later: the
   * refresh token in the store may already be used.
   */
  async close(): Promise<void> {
    try {
      await this.save(true);
    } catch (error) {
      if (this.#lock && this.members && !isReplaced(error)) {
        this.#dependencies.unsaved.set(this.key, this.#text(this.members) ?? '');
        void this.#saveLater();
      } else {
        if (this.#lock && this.members) await this.#giveUp();
        await this.#release();
      }
      throw error;
    }
    await this.#release();
  }

  async #saveLater() {
    const end = performance.now() + RETRY_TIME;
    const { unsaved } = this.#dependencies;
    while (unsaved.has(this.key) && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      // Rejects also after a sign-out at another instance, which continues without the lock after `PATIENCE` seconds.
      await this.save(true).catch((error: unknown) => (isReplaced(error) && unsaved.delete(this.key) ? this.#giveUp() : undefined));
    }
    unsaved.delete(this.key);
    await this.#release();
  }

  /** Called if another instance has changed the session. If that was a sign-out, it did not revoke the tokens of this flow. */
  async #giveUp() {
    const { store, revoke } = this.#dependencies;
    const isThere = await withStoreDeadline(() => store.get(this.key)).catch(() => true);
    if (!isThere) await revoke(this.memory).catch(() => {});
  }

  /** The encrypted text in the store. Rejects if another flow has changed it. */
  async #present(): Promise<string | undefined> {
    const { store, seal } = this.#dependencies;
    // The store is not read, because `replace` compares this text with the one in the store.
    if (store.replace && this.#sealed !== undefined && !this.#isInDoubt) return this.#sealed;
    const found = (await withStoreDeadline(() => store.get(this.key))) ?? undefined;
    const isOwn = found && this.#isInDoubt && found === this.#attempted;
    if (!isOwn && (await open(found, this.key, seal)) !== this.#stored) throw await lost();
    return found;
  }

  async #release() {
    const lock = this.#lock;
    this.#lock = undefined;
    // If the store fails, or does not respond, the lock expires.
    if (lock) await withStoreDeadline(() => lock.release()).catch(() => {});
  }

  /** The content as text; `undefined` if the engine has no records left, unless this is a sign-in that has created a session. */
  #text(members: RecordMembers): string | undefined {
    if (this.memory.size === 0 && members.session === undefined) return undefined;
    return JSON.stringify({ ...members, records: [...this.memory] } satisfies Content);
  }
}

async function open(sealed: string | null | undefined, key: string, seal: Seal): Promise<string | undefined> {
  return sealed ? seal.open(sealed, key) : undefined;
}

function contentOf(text: string | undefined): Content | undefined {
  // The seal has authenticated the text, so its form is not checked.
  return text ? (JSON.parse(text) as Content) : undefined;
}
