// Tabs and frames without a browser: each with a history and a name, those of a tab with one `sessionStorage`, all with one
// `localStorage`. Each page runs the package's entry anew.

import assert from 'node:assert/strict';
import { SharedStorage } from './platform.mjs';
import { callbackOf } from './sign-in.mjs';

const APP = 'https://app.example/';
const NAMES = ['location', 'history', 'document', 'sessionStorage', 'localStorage', 'addEventListener', 'removeEventListener', 'parent', 'opener', 'name', 'origin'];
let pages = 0;

/** What may become of the record of a session, and of what is beside it. */
export const LOSSES = {
  'sessionStorage is cleared': (storage) => storage.clear(),
  'the record is removed': (storage, key) => storage.removeItem(key),
  'a record of another sign-in is put in its place': (storage, key) =>
    storage.setItem(key, storage[key].replace(/"state":"[^"]*/, '"state":"another')),
  'it is no JSON any more': (storage, key) => storage.setItem(key, '{'),
};

/**
 * @param {import('node:test').TestContext} test
 * @param {object} ehr
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
  /** The URLs of answers that have come. */
  const answers = [];
  /** The tab that frames are in, where a test does not say. */
  const framed = { storage: new SharedStorage() };
  performance.getEntriesByType = (wanted) => (wanted === 'navigation' ? [{ type }] : []);
  test.after(() => {
    performance.getEntriesByType = getEntriesByType;
    Date.now = now;
    for (const [name, descriptor] of before) {
      delete globalThis[name];
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
    }
  });

  function show({ globals }) {
    for (const name of NAMES) {
      Object.defineProperty(globalThis, name, { configurable: true, ...Object.getOwnPropertyDescriptor(globals, name) });
    }
  }

  /**
   * @param {'crashed' | 'other process' | 'kept'} [how] the page hears nothing of it; or only when the history is another page's
   *   already; or it is kept for the back button
   */
  function leave(view, how) {
    if (!view.client) return;
    const { client, globals, target, entry } = view;
    view.client = undefined;
    if (how !== 'crashed') {
      show({ globals });
      globals.history.isLost = how === 'other process';
      target.dispatchEvent(Object.assign(new Event('pagehide'), { persisted: how === 'kept' }));
    }
    if (how === 'kept') entry.page = { client, globals, target };
    else client.dispose();
  }

  /** Goes to another entry of the view's history: its page may have been kept. */
  async function go(view, at, how) {
    leave(view, how);
    view.at = at;
    const { page } = view.entry;
    if (!page) return load(view, 'back_forward');
    view.entry.page = undefined;
    Object.assign(view, page);
    show(view);
    view.target.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    // What it looks up when it wakes.
    await view.client.ready().catch(() => {});
    return view.client.getState().session;
  }

  /** Copies of what a tab keeps: its windows and its duplicate have them. */
  const copied = ({ storage }) => ({ storage: Object.assign(new SharedStorage(), storage) });

  /** Loads the page of the entry that the view is at. */
  async function load(view, navigation = 'navigate') {
    type = navigation;
    view.target = new EventTarget();
    // A router may go on from it.
    const url = () => new URL(view.entry.url);
    view.globals = {
      location: Object.defineProperties(
        { assign: () => {} },
        Object.fromEntries(['href', 'origin', 'pathname', 'search', 'hash'].map((name) => [name, { get: () => url()[name] }])),
      ),
      history: {
        get state() {
          return view.entry.state;
        },
        replaceState(state, _, target) {
          if (this.isLost) return;
          Object.assign(view.entry, { state: structuredClone(state), url: new URL(target, view.entry.url).href });
        },
      },
      document: {},
      sessionStorage: view.tab.storage,
      localStorage: shared,
      addEventListener: view.target.addEventListener.bind(view.target),
      removeEventListener: view.target.removeEventListener.bind(view.target),
      parent: view.isFrame ? {} : undefined,
      get opener() {
        return view.opener;
      },
      get name() {
        return view.name;
      },
      set name(value) {
        view.name = value;
      },
      origin: 'https://app.example',
    };
    show(view);
    const { createSmartClient } = await import(`${import.meta.resolve('smart-launch')}?page=${++pages}`);
    view.client = createSmartClient(settings);
    view.outcome = await view.client.ready().catch((error) => error);
    // What follows a session comes along.
    if (view.client.getState().session) await view.client.getAccessToken().catch(() => {});
    return view.outcome;
  }

  function enter(view, entry, how, at = view.at + 1) {
    leave(view, how);
    for (const { page } of view.entries.slice(at)) page?.client.dispose();
    view.entries.splice(at, Infinity, { state: null, ...entry });
    view.at = at;
    return load(view);
  }

  return {
    ehr,
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

    open: (view) => enter(view, { url: APP, patient: undefined }),

    /** The EHR launches the app for a patient, which is signed in to, refused, fails, or is given up. */
    async launch(view, patient, outcome = 'signed in', how = undefined) {
      const launch = `${APP}?iss=${encodeURIComponent(settings.fhirBaseUrl)}&launch=${patient}`;
      assert.equal(await enter(view, { url: launch, patient }, how), null, 'a launch is for another context');
      const request = await view.client.authorize({ navigate: false });
      if (outcome === 'given up') return null;
      ehr.grant({ patient });
      let callback = callbackOf(request);
      if (outcome === 'refused') callback = callback.replace(/code=[^&]*/, 'error=access_denied');
      if (outcome === 'failed') ehr.answer('/token', { status: 500 });
      answers.push({ url: callback, patient });
      // An EHR may lead there without an entry for the launch.
      const session = await enter(view, { url: callback, patient }, undefined, how ? view.at : view.at + 1);
      if (outcome === 'failed') ehr.grant({});
      if (outcome === 'signed in') assert.equal(session.patient, patient);
      return session;
    },

    reload(view, how) {
      if (!view.entry) return null;
      leave(view, how);
      return load(view, 'reload');
    },

    /** The URL of an answer is opened again, from the history or a bookmark. */
    async reopen(view, number, how) {
      if (answers.length === 0) return null;
      const before = view.entry?.patient;
      const outcome = await enter(view, answers[number % answers.length], how);
      // Of an answer that nobody knows any more nobody knows the patient.
      if (outcome instanceof Error && outcome.code !== 'callback_replayed') view.entry.patient = before;
      return outcome;
    },

    /** A window that a page opens, and one that is a copy of its tab. */
    async window(view) {
      if (!view.entry) return undefined;
      const opened = Object.assign(this.view({ tab: copied(view.tab) }), { opener: {} });
      opened.opener.parent = view.isFrame ? {} : opened.opener;
      await enter(opened, { url: `${APP}?window`, patient: this.shown(view) });
      return opened;
    },
    async duplicate(view) {
      if (!view.entry || view.isFrame) return undefined;
      const entries = view.entries.map(({ url, state, patient }) => ({ url, state: structuredClone(state), patient }));
      const { name, at } = view;
      const copy = Object.assign(this.view({ tab: copied(view.tab) }), { name, entries, at });
      await load(copy);
      return copy;
    },
    /** The page that opened a window is gone. */
    orphan: (view) => (view.opener = null),

    /** A link to another page of the app. */
    navigate: (view, how) => enter(view, { url: `${APP}?page=${pages}`, patient: view.entry?.patient }, how),

    /** A router's own entry: the document stays. */
    push(view) {
      if (!view.client) return;
      for (const { page } of view.entries.slice(view.at + 1)) page?.client.dispose();
      const entry = { url: `${APP}route/${pages}`, state: { idx: 2 }, patient: view.entry.patient };
      view.entries.splice(view.at + 1, Infinity, entry);
      view.at += 1;
    },

    back: (view, how, by = 1) => (view.at < by ? null : go(view, view.at - by, how)),
    forward: (view, how) => (view.at + 1 < view.entries.length ? go(view, view.at + 1, how) : null),

    /** A router puts its own state in the place of what is there. */
    route: (view) => view.entry && (view.entry.state = { idx: 1 }),

    shown: (view) => view.client?.getState().session?.patient,

    refresh(view) {
      ehr.grant({ patient: undefined });
      return this.run(view, (client) => client.refresh());
    },

    run(view, work) {
      show(view);
      return work(view.client);
    },

    /** All access tokens expire. */
    expire: () => (ahead += 3_700_000),

    /** And the server renews this session no more. */
    async reject(view) {
      this.expire();
      ehr.answer('/token', { status: 400, json: { error: 'invalid_grant' } });
      await this.run(view, (client) => client.getAccessToken()).catch(() => {});
      ehr.grant({});
    },

    /** What a page shows is what its launch named, and what its calls say. */
    async check(view) {
      if (!view.client) return;
      show(view);
      // What has expired is renewed for whoever it is of.
      ehr.grant({ patient: undefined });
      const ask = () => view.client.getAccessToken().catch(({ code }) => code);
      let token = await ask();
      // Another tab may have renewed it while that was on its way.
      if (token !== view.client.getState().session?.tokenResponse.access_token) token = await ask();
      const { status, session } = view.client.getState();
      if (!session) return void assert.equal(token, 'signed_out', status);
      assert.equal(session.tokenResponse.access_token, token);
      assert.equal(status, 'authenticated');
      if (view.entry.patient) assert.equal(session.patient, view.entry.patient, 'a patient that its launch did not name');
    },
  };
}
