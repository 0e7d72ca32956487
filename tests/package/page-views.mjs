// Tabs and frames without a browser: each with a history and a name, those of a tab with one `sessionStorage`, all with one
// `localStorage`. Each page runs the package's entry anew.

import assert from 'node:assert/strict';
import { callbackOf } from './sign-in.mjs';

const APP = 'https://app.example/';
const NAMES = ['location', 'history', 'document', 'sessionStorage', 'localStorage', 'addEventListener', 'removeEventListener', 'parent', 'name', 'origin'];
let pages = 0;

class Storage {
  getItem(key) {
    return Object.hasOwn(this, key) ? this[key] : null;
  }

  setItem(key, value) {
    this[key] = String(value);
  }

  removeItem(key) {
    delete this[key];
  }

  clear() {
    for (const key of Object.keys(this)) delete this[key];
  }
}

/**
 * @param {import('node:test').TestContext} test
 * @param {object} ehr
 * @param {{ storage?: string, name?: string }} [given] how sessions are kept; the name that the EHR gives its frames
 */
export async function createViews(test, ehr, { storage = 'session', name = '' } = {}) {
  const settings = ehr.options({ storage });
  const shared = new Storage();
  const before = new Map(NAMES.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]));
  const { getEntriesByType } = performance;
  let type = 'navigate';
  /** The tab that frames are in, where a test does not say. */
  const framed = { storage: new Storage() };
  performance.getEntriesByType = (wanted) => (wanted === 'navigation' ? [{ type }] : []);
  test.after(() => {
    performance.getEntriesByType = getEntriesByType;
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

  function leave(view) {
    if (!view.client) return;
    show(view);
    view.target.dispatchEvent(Object.assign(new Event('pagehide'), { persisted: false }));
    view.client.dispose();
  }

  /** Loads the page of the entry that the view is at. */
  async function load(view, navigation = 'navigate') {
    type = navigation;
    view.target = new EventTarget();
    const entry = view.entry;
    const url = () => new URL(entry.url);
    view.globals = {
      location: Object.defineProperties(
        { assign: () => {} },
        Object.fromEntries(['href', 'origin', 'pathname', 'search', 'hash'].map((name) => [name, { get: () => url()[name] }])),
      ),
      history: {
        get state() {
          return entry.state;
        },
        replaceState(state, _, target) {
          Object.assign(entry, { state: structuredClone(state), url: new URL(target, entry.url).href });
        },
      },
      document: {},
      sessionStorage: view.tab.storage,
      localStorage: shared,
      addEventListener: view.target.addEventListener.bind(view.target),
      removeEventListener: view.target.removeEventListener.bind(view.target),
      parent: view.isFrame ? {} : undefined,
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

  function enter(view, entry) {
    leave(view);
    view.entries.splice(view.at + 1, Infinity, { state: null, ...entry });
    view.at += 1;
    return load(view);
  }

  return {
    ehr,
    view: ({ isFrame = false, tab = isFrame ? framed : { storage: new Storage() } } = {}) => ({
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
    async launch(view, patient, outcome = 'signed in') {
      const launch = `${APP}?iss=${encodeURIComponent(settings.fhirBaseUrl)}&launch=${patient}`;
      assert.equal(await enter(view, { url: launch, patient }), null, 'a launch is for another context');
      const request = await view.client.authorize({ navigate: false });
      if (outcome === 'given up') return null;
      ehr.grant({ patient });
      let callback = callbackOf(request);
      if (outcome === 'refused') callback = callback.replace(/code=[^&]*/, 'error=access_denied');
      if (outcome === 'failed') ehr.answer('/token', { status: 500 });
      const session = await enter(view, { url: callback, patient });
      if (outcome === 'failed') ehr.grant({});
      if (outcome === 'signed in') assert.equal(session.patient, patient);
      return session;
    },

    reload(view) {
      if (!view.entry) return null;
      leave(view);
      return load(view, 'reload');
    },

    /** A link to another page of the app. */
    navigate: (view) => enter(view, { url: `${APP}?page=${pages}`, patient: view.entry?.patient }),

    back(view) {
      if (view.at < 1) return null;
      leave(view);
      view.at -= 1;
      return load(view, 'back_forward');
    },

    /** A router puts its own state in the place of what is there. */
    route: (view) => view.entry && (view.entry.state = { idx: 1 }),

    shown: (view) => view.client.getState().session?.patient,

    refresh(view) {
      ehr.grant({ patient: undefined });
      return this.run(view, (client) => client.refresh());
    },

    run(view, work) {
      show(view);
      return work(view.client);
    },

    /** What a page shows is what its launch named, and what its calls say. */
    async check(view) {
      if (!view.client) return;
      show(view);
      const token = await view.client.getAccessToken().catch(({ code }) => code);
      const { status, session } = view.client.getState();
      if (!session) return void assert.equal(token, 'signed_out', status);
      assert.equal(session.tokenResponse.access_token, token);
      assert.equal(status, 'authenticated');
      if (view.entry.patient) assert.equal(session.patient, view.entry.patient, 'a patient that its launch did not name');
    },
  };
}
