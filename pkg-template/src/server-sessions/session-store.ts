// The interface of a session store.

/**
 * A store that all instances of the app share. Keys are hashes, values are encrypted; both are ASCII text. A method that
 * cannot do its work rejects.
 */
export interface SessionStore {
  /** Returns the value; nothing if there is none, or its lifetime has passed. */
  get(key: string): Promise<string | null | undefined>;
  /** Stores a value for that many seconds. */
  set(key: string, value: string, seconds: number): Promise<void>;
  /**
   * Stores a value, which may be empty, for that many seconds if the stored value equals `present` and has not expired; returns
   * whether the value was stored. The comparison and the write are one atomic step. Optional, but without `replace` a process
   * that was stopped for longer than its lock lasts may replace newer tokens.
   */
  replace?(key: string, present: string, value: string, seconds: number): Promise<boolean>;
  delete(key: string): Promise<void>;
  /**
   * Waits for a lock, at most that many seconds; returns nothing if other callers held the lock all that time. Only one caller of
   * all instances holds a lock. If the process of the holder ends, the next caller gets the lock after some seconds.
   */
  lock(key: string, seconds: number): Promise<StoreLock | null | undefined>;
}

export interface StoreLock {
  /** Whether this caller still holds the lock. */
  isHeld(): boolean;
  release(): Promise<void>;
}
