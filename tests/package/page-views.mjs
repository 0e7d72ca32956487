// Tabs and iframes without a browser. Each has a history and a name; a tab and its iframes share one `sessionStorage`, and all tabs
// share one `localStorage`. Each page loads its own copy of the package.

import assert from 'node:assert/strict';
import { SharedStorage } from './platform.mjs';
import { required } from './required.mjs';
import { callbackOf } from './sign-in.mjs';

const APP = 'https://app.example/';
const NAMES = ['location', 'history', 'document', 'sessionStorage', 'localStorage', 'addEventListener', 'removeEventListener', 'parent', 'opener', 'name', 'origin'];
let pages = 0;

/**
 * @typedef {import('smart-launch').SmartClient} SmartClient
 * @typedef {import('./ehr.mjs').Ehr} Ehr
 *
 * @typedef {'crashed' | 'other process' | 'kept'} Leaving how a page is left: without an event; with a `pagehide`
 *   that arrives after the history belongs to the next page; or into the back/forward cache
 *
 * @typedef {object} Entry a history entry
 * @property {string} url
 * @property {unknown} state
 * @property {string | null | undefined} [patient] the patient that its page has to show
 * @property {Page} [page] its page in the back/forward cache
 *
 * @typedef {object} Page the objects of a loaded page
 * @property {SmartClient} client
 * @property {Globals} globals
 * @property {EventTarget} target
 *
 * @typedef {{ history: { isLost?: boolean } }} Globals
 *
 * @typedef {object} View a tab or an iframe
 * @property {{ storage: SharedStorage }} tab
 * @property {boolean} isFrame
 * @property {string} name
 * @property {{ parent?: object } | null} [opener]
 * @property {Entry[]} entries
 * @property {number} at
 * @property {Entry | undefined} entry the current entry
 * @property {SmartClient} [client] absent if no page is loaded
 * @property {Globals} [globals]
 * @property {EventTarget} [target]
 * @property {unknown} [outcome] the result of `ready()` of its page
 *
 * @typedef {Awaited<ReturnType<typeof createViews>>} Views
 */

/**
 * The ways in which the record of a session can be lost.
 *
 * @type {Record<string, (storage: SharedStorage, key: string) => void>}
 */
export const LOSSES = {
  'sessionStorage is cleared': (storage) => storage.clear(),
  'the record is removed': (storage, key) => storage.removeItem(key),
  'the record is replaced by one of another sign-in': (storage, key) =>
    storage.setItem(key, required(storage.getItem(key)).replace(/"state":"[^"]*/, '"state":"another')),
  'the record is not JSON any more': (storage, key) => storage.setItem(key, '{'),
};

/**
 * @param {import('node:test').TestContext} test
 * @param {Ehr} ehr
 * @param {{ storage?: string, name?: string }} [options] the option `storage`; the name of the EHR's iframes
 */
export async function createViews(test, ehr, { storage = 'session', name = '' } = {}) {
  const settings = ehr.options({ storage });
  const sharedStorage = new SharedStorage();
  const originalGlobals = new Map(NAMES.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]));
  const { getEntriesByType } = performance;
  const { now } = Date;
  let millisecondsAhead = 0;
  Date.now = () => now() + millisecondsAhead;
  let navigationType = 'navigate';
  /** The URLs of callbacks so far. @type {{ url: string, patient?: string | undefined }[]} */
  const callbacks = [];
  /** The tab of each iframe for which no tab is given. */
  const tabOfFrames = { storage: new SharedStorage() };
  const entriesOf = (/** @type {string} */ entryType) => (entryType === 'navigation' ? [{ type: navigationType }] : []);
  Reflect.set(performance, 'getEntriesByType', entriesOf);
  test.after(() => {
    performance.getEntriesByType = getEntriesByType;
    Date.now = now;
    for (const [name, descriptor] of originalGlobals) {
      Reflect.deleteProperty(globalThis, name);
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
    }
  });

  /** @param {{ globals?: Globals }} page */
  function show({ globals }) {
    for (const name of NAMES) {
      Object.defineProperty(globalThis, name, { configurable: true, ...Object.getOwnPropertyDescriptor(globals, name) });
    }
  }

  /** @param {View} view @param {Leaving} [leaving] */
  function leave(view, leaving) {
    if (!view.client) return;
    const { client } = view;
    const [globals, target] = [required(view.globals), required(view.target)];
    view.client = undefined;
    if (leaving !== 'crashed') {
      show({ globals });
      globals.history.isLost = leaving === 'other process';
      target.dispatchEvent(Object.assign(new Event('pagehide'), { persisted: leaving === 'kept' }));
    }
    if (leaving === 'kept') required(view.entry).page = { client, globals, target };
    else client.dispose();
  }

  /**
   * Goes to another history entry, whose page may be in the back/forward cache.
   *
   * @param {View} view
   * @param {number} at
   * @param {Leaving} [leaving]
   */
  async function go(view, at, leaving) {
    leave(view, leaving);
    view.at = at;
    const entry = required(view.entry);
    const { page } = entry;
    if (!page) return load(view, 'back_forward');
    entry.page = undefined;
    Object.assign(view, page);
    show(view);
    page.target.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    // Waits for the checks that the page makes when it becomes active.
    await page.client.ready().catch(() => {});
    return page.client.getState().session;
  }

  /**
   * A new tab with a copy of a tab's storage, as for a window that the tab opens or a duplicate of the tab.
   *
   * @param {{ storage: SharedStorage }} tab
   */
  const copyOfTab = ({ storage }) => ({ storage: Object.assign(new SharedStorage(), storage) });

  /**
   * Loads the page of the current entry.
   *
   * @param {View} view
   */
  async function load(view, navigation = 'navigate') {
    navigationType = navigation;
    const target = new EventTarget();
    view.target = target;
    const entry = () => required(view.entry);
    // The URL is read each time, because a router may change the URL.
    const url = () => new URL(entry().url);
    const parts = /** @type {const} */ (['href', 'origin', 'pathname', 'search', 'hash']);
    view.globals = /** @type {Globals} */ ({
      location: Object.defineProperties(
        { assign: () => {} },
        Object.fromEntries(parts.map((name) => [name, { get: () => url()[name] }])),
      ),
      history: {
        get state() {
          return entry().state;
        },
        isLost: false,
        /** @param {unknown} state @param {string} _ @param {string} url */
        replaceState(state, _, url) {
          if (this.isLost) return;
          Object.assign(entry(), { state: structuredClone(state), url: new URL(url, entry().url).href });
        },
      },
      document: {},
      sessionStorage: view.tab.storage,
      localStorage: sharedStorage,
      addEventListener: target.addEventListener.bind(target),
      removeEventListener: target.removeEventListener.bind(target),
      parent: view.isFrame ? {} : undefined,
      get opener() {
        return view.opener;
      },
      get name() {
        return view.name;
      },
      /** @param {string} value */
      set name(value) {
        view.name = value;
      },
      origin: 'https://app.example',
    });
    show(view);
    /** @type {typeof import('smart-launch')} */
    const { createSmartClient } = await import(`${import.meta.resolve('smart-launch')}?page=${++pages}`);
    const client = createSmartClient(settings);
    view.client = client;
    const outcome = await client.ready().catch((error) => error);
    view.outcome = outcome;
    // Waits for the work that follows a restored session.
    if (client.getState().session) await client.getAccessToken().catch(() => {});
    return outcome;
  }

  /** @param {View} view @param {{ url: string, patient?: string | null | undefined }} entry @param {Leaving} [leaving] */
  function enter(view, entry, leaving, at = view.at + 1) {
    leave(view, leaving);
    for (const { page } of view.entries.slice(at)) page?.client.dispose();
    view.entries.splice(at, Infinity, { state: null, ...entry });
    view.at = at;
    return load(view);
  }

  return {
    ehr,
    /** @param {{ isFrame?: boolean, tab?: { storage: SharedStorage } }} [options] @returns {View} */
    view: ({ isFrame = false, tab = isFrame ? tabOfFrames : { storage: new SharedStorage() } } = {}) => ({
      tab,
      isFrame,
      name: isFrame ? name : '',
      entries: [],
      at: -1,
      get entry() {
        return this.entries[this.at];
      },
    }),

    /** @param {View} view */
    open: (view) => enter(view, { url: APP, patient: undefined }),

    /**
     * The EHR launches the app for a patient; the sign-in is completed, refused, failed or abandoned.
     *
     * @param {View} view @param {string} patient @param {string} [outcome] @param {Leaving} [leaving]
     */
    async launch(view, patient, outcome = 'signed in', leaving = undefined) {
      const launch = `${APP}?iss=${encodeURIComponent(settings.fhirBaseUrl)}&launch=${patient}`;
      assert.equal(await enter(view, { url: launch, patient }, leaving), null, 'a launch does not restore a session');
      const request = await required(view.client).authorize({ navigate: false });
      if (outcome === 'abandoned') return null;
      ehr.grant({ patient });
      let callback = callbackOf(request);
      if (outcome === 'refused') callback = callback.replace(/code=[^&]*/, 'error=access_denied');
      if (outcome === 'failed') ehr.answer('/token', { status: 500 });
      callbacks.push({ url: callback, patient });
      // An EHR may open the app without a history entry for the launch.
      const session = await enter(view, { url: callback, patient }, undefined, leaving ? view.at : view.at + 1);
      if (outcome === 'failed') ehr.grant({});
      if (outcome === 'signed in') assert.equal(session?.patient, patient);
      return session;
    },

    /** @param {View} view @param {Leaving} [leaving] */
    reload(view, leaving) {
      if (!view.entry) return null;
      leave(view, leaving);
      return load(view, 'reload');
    },

    /**
     * Opens the URL of a callback again, as from the history or a bookmark.
     *
     * @param {View} view @param {number} number @param {Leaving} [leaving]
     */
    async reopen(view, number, leaving) {
      const callback = callbacks[number % callbacks.length];
      if (!callback) return null;
      const patient = view.entry?.patient;
      const outcome = await enter(view, callback, leaving);
      // A callback that belongs to no sign-in does not change the patient of the page.
      if (outcome instanceof Error && Reflect.get(outcome, 'code') !== 'callback_replayed') required(view.entry).patient = patient;
      return outcome;
    },

    /**
     * Opens a window from a page.
     *
     * @param {View} view
     */
    async window(view) {
      if (!view.entry) return undefined;
      /** @type {{ parent?: object }} */
      const opener = {};
      opener.parent = view.isFrame ? {} : opener;
      const newWindow = Object.assign(this.view({ tab: copyOfTab(view.tab) }), { opener });
      await enter(newWindow, { url: `${APP}?window`, patient: this.shown(view) });
      return newWindow;
    },
    /**
     * Opens a window that is a copy of a tab.
     *
     * @param {View} view
     */
    async duplicate(view) {
      if (!view.entry || view.isFrame) return undefined;
      const entries = view.entries.map(({ url, state, patient }) => ({ url, state: structuredClone(state), patient }));
      const { name, at } = view;
      const copy = Object.assign(this.view({ tab: copyOfTab(view.tab) }), { name, entries, at });
      await load(copy);
      return copy;
    },
    /**
     * Closes the page that opened a window.
     *
     * @param {View} view
     */
    closeOpener: (view) => (view.opener = null),

    /**
     * Follows a link to another page of the app.
     *
     * @param {View} view
     * @param {Leaving} [leaving]
     */
    navigate: (view, leaving) => enter(view, { url: `${APP}?page=${pages}`, patient: view.entry?.patient }, leaving),

    /**
     * A router adds a history entry without loading a document.
     *
     * @param {View} view
     */
    push(view) {
      if (!view.client) return;
      for (const { page } of view.entries.slice(view.at + 1)) page?.client.dispose();
      const entry = { url: `${APP}route/${pages}`, state: { idx: 2 }, patient: required(view.entry).patient };
      view.entries.splice(view.at + 1, Infinity, entry);
      view.at += 1;
    },

    /** @param {View} view @param {Leaving} [leaving] */
    back: (view, leaving, by = 1) => (view.at < by ? null : go(view, view.at - by, leaving)),
    /** @param {View} view @param {Leaving} [leaving] */
    forward: (view, leaving) => (view.at + 1 < view.entries.length ? go(view, view.at + 1, leaving) : null),

    /**
     * A router replaces the history state with its own.
     *
     * @param {View} view
     */
    route: (view) => view.entry && (view.entry.state = { idx: 1 }),

    /** @param {View} view */
    shown: (view) => view.client?.getState().session?.patient,

    /** @param {View} view */
    refresh(view) {
      ehr.grant({ patient: undefined });
      return this.run(view, (client) => client.refresh());
    },

    /**
     * @template T
     * @param {View} view
     * @param {(client: SmartClient) => T} work
     */
    run(view, work) {
      show(view);
      return work(required(view.client));
    },

    /** Moves the clock forward until all access tokens have expired. */
    expire: () => (millisecondsAhead += 3_700_000),

    /**
     * Lets the access tokens expire, and makes the server refuse the refresh token of this session.
     *
     * @param {View} view
     */
    async reject(view) {
      this.expire();
      ehr.answer('/token', { status: 400, json: { error: 'invalid_grant' } });
      await this.run(view, (client) => client.getAccessToken()).catch(() => {});
      ehr.grant({});
    },

    /**
     * Asserts that a page shows the patient of its launch, and that its state agrees with its calls.
     *
     * @param {View} view
     */
    async check(view) {
      const { client } = view;
      if (!client) return;
      show(view);
      // A refresh response without a patient fits every session.
      ehr.grant({ patient: undefined });
      const readToken = () => client.getAccessToken().catch(({ code }) => code);
      let token = await readToken();
      // Another tab may have refreshed the token meanwhile.
      if (token !== client.getState().session?.tokenResponse.access_token) token = await readToken();
      const { status, session } = client.getState();
      if (!session) return void assert.equal(token, 'signed_out', status);
      assert.equal(session.tokenResponse.access_token, token);
      assert.equal(status, 'authenticated');
      const patient = view.entry?.patient;
      if (patient) assert.equal(session.patient, patient, 'the page shows the patient of its launch');
    },
  };
}
