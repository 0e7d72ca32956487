// What the client reads of a page, in a worker, which has none: its URL, and the pending sign-ins in its sessionStorage.

import { SIGN_IN } from '../page/pending-sign-ins.js';
import { SERVERS } from '../page/servers.js';

/**
 * Puts it in place.
 *
 * @param records pending sign-ins that the page has
 * @param tell is called for each that is written, and with `null` for each that is removed
 */
export function doublePage(records: Record<string, string>, tell: (key: string, text: string | null) => void): void {
  /** Pending sign-ins alone: what else the client may want to keep does not leave the worker. */
  class Storage {
    [key: string]: unknown;

    getItem(key: string) {
      return Object.hasOwn(this, key) ? this[key] : null;
    }

    setItem(key: string, text: string) {
      if (!key.startsWith(SIGN_IN)) throw new DOMException('only pending sign-ins', 'QuotaExceededError');
      this[key] = text;
      tell(key, text);
    }

    removeItem(key: string) {
      if (!Object.hasOwn(this, key)) return;
      delete this[key];
      tell(key, null);
    }
  }

  /** A channel would reach every page of the origin. */
  class BroadcastChannel extends EventTarget {
    postMessage() {}

    close() {}
  }

  define('sessionStorage', Object.assign(new Storage(), records));
  define('BroadcastChannel', BroadcastChannel);
}

/** Puts the page's URL where the client looks for it. */
export const visit = (url: string) => define('location', new URL(url));

/** Puts the servers of the clients of the page where the client looks for them. */
export const meetThose = (others: readonly object[]) => define(SERVERS, new Map(others.map((other, number) => [number, other])));

const define = (name: PropertyKey, value: unknown) => Object.defineProperty(globalThis, name, { configurable: true, value });
