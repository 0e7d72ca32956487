// Replaces, in a worker, the parts of a page that the client reads: its URL, and the pending sign-ins in its sessionStorage.

import { SIGN_IN } from '../page/pending-sign-ins.js';
import { SERVERS } from '../page/servers.js';

/**
 * Installs the replacement.
 *
 * @param records the page's pending sign-ins
 * @param onChange called for each record that is written, and with `null` for each that is removed
 */
export function installPageStandIn(records: Record<string, string>, onChange: (key: string, text: string | null) => void): void {
  /** Accepts only pending sign-ins, and passes them to the page. For other keys `setItem` throws. */
  class Storage {
    [key: string]: unknown;

    getItem(key: string) {
      return Object.hasOwn(this, key) ? this[key] : null;
    }

    setItem(key: string, text: string) {
      if (!key.startsWith(SIGN_IN)) throw new DOMException('only pending sign-ins', 'QuotaExceededError');
      this[key] = text;
      onChange(key, text);
    }

    removeItem(key: string) {
      if (!Object.hasOwn(this, key)) return;
      delete this[key];
      onChange(key, null);
    }
  }

  /** A BroadcastChannel that sends nothing, because a real one would reach every page of the origin. */
  class BroadcastChannel extends EventTarget {
    postMessage() {}

    close() {}
  }

  define('sessionStorage', Object.assign(new Storage(), records));
  define('BroadcastChannel', BroadcastChannel);
}

/** Sets the page's URL where the client reads it. */
export const setPageUrl = (url: string) => define('location', new URL(url));

/** Sets the servers of the page's other clients where the client reads them. */
export const setOtherClients = (servers: readonly object[]) => define(SERVERS, new Map(servers.entries()));

const define = (name: PropertyKey, value: unknown) => Object.defineProperty(globalThis, name, { configurable: true, value });
