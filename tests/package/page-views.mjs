// Tabs and iframes without a browser: each has a history and a name; those of a tab share one `sessionStorage`, all share one
// `localStorage`. Each page loads its own copy of the package.

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
 * @typedef {'crashed' | 'other process' | 'kept'} Leaving how a page is left: it hears nothing of it; or only when the
 *   history is another page's already; or it is kept for the back button
 *
 * @typedef {object} Entry of a history
 * @property {string} url
 * @property {unknown} state
 * @property {string | null | undefined} [patient] whose session its page has to show
 * @property {Page} [page] that was kept
 *
 * @typedef {object} Page what there is as long as a page is loaded
 * @property {SmartClient} client
 * @property {Globals} globals
 * @property {EventTarget} target
 *
 * @typedef {{ history: { isLost?: boolean } }} Globals
 *
 * @typedef {object} View a tab or a frame
 * @property {{ storage: SharedStorage }} tab
 * @property {boolean} isFrame
 * @property {string} name
 * @property {{ parent?: object } | null} [opener]
 * @property {Entry[]} entries
 * @property {number} at
 * @property {Entry | undefined} entry the one that it is at
 * @property {SmartClient} [client] none where no page is shown
 * @property {Globals} [globals]
 * @property {EventTarget} [target]
 * @property {unknown} [outcome] what `ready()` of its page ended in
 *
 * @typedef {Awaited<ReturnType<typeof createViews>>} Views
 */

/**
 * What may become of the record of a session, and of what is beside it.
 *
 * @type {Record<string, (storage: SharedStorage, key: string) => void>}
 */
export const LOSSES = {
  'sessionStorage is cleared': (storage) => storage.clear(),
  'the record is removed': (storage, key) => storage.removeItem(key),
  'a record of another sign-in is put in its place': (storage, key) =>
    storage.setItem(key, required(storage.getItem(key)).replace(/"state":"[^"]*/, '"state":"another')),
  'it is no JSON any more': (storage, key) => storage.setItem(key, '{'),
};

/**
 * @param {import('node:test').TestContext} test
 * @param {Ehr} ehr
 * @param {{ storage?: string, name?: string }} [given] how sessions are kept; the name that the EHR gives its frames
 */
export async function createViews(test, ehr, { storage = 'session', name = '' } = {}) {
  const settings = ehr.options({ storage });
  const shared = new SharedStorage();
  const before = new Map(NAMES.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]));
  const { getEntriesByType } = performance;
  const { now } = Date;
  let ahead = 0;
  Date.now = () => now() + ahead;
  let type = 'navigate';
  /** The URLs of answers that have come. @type {{ url: string, patient?: string | undefined }[]} */
  const answers = [];
  /** The tab that frames are in, where a test does not say. */
  const framed = { storage: new SharedStorage() };
  const entriesOf = (/** @type {string} */ wanted) => (wanted === 'navigation' ? [{ type }] : []);
  Reflect.set(performance, 'getEntriesByType', entriesOf);
  test.after(() => {
    performance.getEntriesByType = getEntriesByType;
    Date.now = now;
    for (const [name, descriptor] of before) {
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

  /** @param {View} view @param {Leaving} [how] */
  function leave(view, how) {
    if (!view.client) return;
    const { client } = view;
    const [globals, target] = [required(view.globals), required(view.target)];
    view.client = undefined;
    if (how !== 'crashed') {
      show({ globals });
      globals.history.isLost = how === 'other process';
      target.dispatchEvent(Object.assign(new Event('pagehide'), { persisted: how === 'kept' }));
    }
    if (how === 'kept') required(view.entry).page = { client, globals, target };
    else client.dispose();
  }

  /**
   * Goes to another entry of the view's history: its page may have been kept.
   *
   * @param {View} view
   * @param {number} at
   * @param {Leaving} [how]
   */
  async function go(view, at, how) {
    leave(view, how);
    view.at = at;
    const entry = required(view.entry);
    const { page } = entry;
    if (!page) return load(view, 'back_forward');
    entry.page = undefined;
    Object.assign(view, page);
    show(view);
    page.target.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    // What it looks up when it wakes.
    await page.client.ready().catch(() => {});
    return page.client.getState().session;
  }

  /**
   * Copies of what a tab keeps: its windows and its duplicate have them.
   *
   * @param {{ storage: SharedStorage }} tab
   */
  const copied = ({ storage }) => ({ storage: Object.assign(new SharedStorage(), storage) });

  /**
   * Loads the page of the entry that the view is at.
   *
   * @param {View} view
   */
  async function load(view, navigation = 'navigate') {
    type = navigation;
    const target = new EventTarget();
    view.target = target;
    const entry = () => required(view.entry);
    // A router may go on from it.
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
      localStorage: shared,
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
    // What follows a session comes along.
    if (client.getState().session) await client.getAccessToken().catch(() => {});
    return outcome;
  }

  /** @param {View} view @param {{ url: string, patient?: string | null | undefined }} entry @param {Leaving} [how] */
  function enter(view, entry, how, at = view.at + 1) {
    leave(view, how);
    for (const { page } of view.entries.slice(at)) page?.client.dispose();
    view.entries.splice(at, Infinity, { state: null, ...entry });
    view.at = at;
    return load(view);
  }

  return {
    ehr,
    /** @param {{ isFrame?: boolean, tab?: { storage: SharedStorage } }} [given] @returns {View} */
    view: ({ isFrame = false, tab = isFrame ? framed : { storage: new SharedStorage() } } = {}) => ({
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
     * The EHR launches the app for a patient, which is signed in to, refused, fails, or is given up.
     *
     * @param {View} view @param {string} patient @param {string} [outcome] @param {Leaving} [how]
     */
    async launch(view, patient, outcome = 'signed in', how = undefined) {
      const launch = `${APP}?iss=${encodeURIComponent(settings.fhirBaseUrl)}&launch=${patient}`;
      assert.equal(await enter(view, { url: launch, patient }, how), null, 'a launch is for another context');
      const request = await required(view.client).authorize({ navigate: false });
      if (outcome === 'given up') return null;
      ehr.grant({ patient });
      let callback = callbackOf(request);
      if (outcome === 'refused') callback = callback.replace(/code=[^&]*/, 'error=access_denied');
      if (outcome === 'failed') ehr.answer('/token', { status: 500 });
      answers.push({ url: callback, patient });
      // An EHR may lead there without an entry for the launch.
      const session = await enter(view, { url: callback, patient }, undefined, how ? view.at : view.at + 1);
      if (outcome === 'failed') ehr.grant({});
      if (outcome === 'signed in') assert.equal(session?.patient, patient);
      return session;
    },

    /** @param {View} view @param {Leaving} [how] */
    reload(view, how) {
      if (!view.entry) return null;
      leave(view, how);
      return load(view, 'reload');
    },

    /**
     * The URL of an answer is opened again, from the history or a bookmark.
     *
     * @param {View} view @param {number} number @param {Leaving} [how]
     */
    async reopen(view, number, how) {
      const answer = answers[number % answers.length];
      if (!answer) return null;
      const before = view.entry?.patient;
      const outcome = await enter(view, answer, how);
      // Of an answer that nobody knows any more nobody knows the patient.
      if (outcome instanceof Error && Reflect.get(outcome, 'code') !== 'callback_replayed') required(view.entry).patient = before;
      return outcome;
    },

    /**
     * A window that a page opens.
     *
     * @param {View} view
     */
    async window(view) {
      if (!view.entry) return undefined;
      /** @type {{ parent?: object }} */
      const opener = {};
      opener.parent = view.isFrame ? {} : opener;
      const opened = Object.assign(this.view({ tab: copied(view.tab) }), { opener });
      await enter(opened, { url: `${APP}?window`, patient: this.shown(view) });
      return opened;
    },
    /**
     * A window that is a copy of a tab.
     *
     * @param {View} view
     */
    async duplicate(view) {
      if (!view.entry || view.isFrame) return undefined;
      const entries = view.entries.map(({ url, state, patient }) => ({ url, state: structuredClone(state), patient }));
      const { name, at } = view;
      const copy = Object.assign(this.view({ tab: copied(view.tab) }), { name, entries, at });
      await load(copy);
      return copy;
    },
    /**
     * The page that opened a window is gone.
     *
     * @param {View} view
     */
    orphan: (view) => (view.opener = null),

    /**
     * A link to another page of the app.
     *
     * @param {View} view
     * @param {Leaving} [how]
     */
    navigate: (view, how) => enter(view, { url: `${APP}?page=${pages}`, patient: view.entry?.patient }, how),

    /**
     * A router's own entry: the document stays.
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

    /** @param {View} view @param {Leaving} [how] */
    back: (view, how, by = 1) => (view.at < by ? null : go(view, view.at - by, how)),
    /** @param {View} view @param {Leaving} [how] */
    forward: (view, how) => (view.at + 1 < view.entries.length ? go(view, view.at + 1, how) : null),

    /**
     * A router puts its own state in the place of what is there.
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

    /** All access tokens expire. */
    expire: () => (ahead += 3_700_000),

    /**
     * And the server renews this session no more.
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
     * What a page shows is what its launch named, and what its calls say.
     *
     * @param {View} view
     */
    async check(view) {
      const { client } = view;
      if (!client) return;
      show(view);
      // What has expired is renewed for whoever it is of.
      ehr.grant({ patient: undefined });
      const ask = () => client.getAccessToken().catch(({ code }) => code);
      let token = await ask();
      // Another tab may have renewed it while that was on its way.
      if (token !== client.getState().session?.tokenResponse.access_token) token = await ask();
      const { status, session } = client.getState();
      if (!session) return void assert.equal(token, 'signed_out', status);
      assert.equal(session.tokenResponse.access_token, token);
      assert.equal(status, 'authenticated');
      const patient = view.entry?.patient;
      if (patient) assert.equal(session.patient, patient, 'a patient that its launch did not name');
    },
  };
}
