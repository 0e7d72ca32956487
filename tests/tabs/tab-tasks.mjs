// Tasks that all tabs do at once: one tab sends the task, and each tab, including the sender, does it and reports.

// While the tabs' clocks are moved one after the other, no tab may request a token by itself: a tab whose clock is ahead
// would renew the token, and a tab whose clock is behind would treat the new token as issued in the future and renew it again.
if (new URLSearchParams(location.search).has('tasks-only')) {
  const ignore = (/** @type {Event} */ event) => event.stopImmediatePropagation();
  for (const name of ['pageshow', 'online']) addEventListener(name, ignore);
  document.addEventListener('visibilitychange', ignore);
}

const channel = new BroadcastChannel('tests');
const name = crypto.randomUUID();

/** @typedef {Record<string, (input: never) => unknown>} Tasks by name: each takes the input and returns the tab's report */

/** @satisfies {Tasks} */
const tasks = {
  ping: () => true,

  /**
   * Makes the token expire. All tabs do this before any tab requests a token, because their clocks must agree.
   *
   * @param {number} seconds
   */
  expire(seconds) {
    moveClock(seconds);
    return true;
  },

  /**
   * Requests the token.
   *
   * @param {{ check: boolean }} input
   */
  async token({ check }) {
    const started = instant();
    const { value: token, code } = await outcome(smart.getAccessToken());
    const usable = token && check ? await isUsable(token) : undefined;
    return { token, code, started, signOuts: signOutReasons.length, usable };
  },

  /**
   * Reads from the FHIR server `count` times at once, if the tab is hidden.
   *
   * @param {number} count
   */
  async readWhileHidden(count) {
    if (!document.hidden) return null;
    const patient = `Patient/${smart.getState().session?.patient}`;
    const read = () => outcome(smart.request(patient).then(() => true));
    const reads = await Promise.all(Array.from({ length: count }, read));
    return { codes: reads.map(({ code }) => code).filter(Boolean) };
  },

  /** Reads from the FHIR server. */
  async read() {
    const patient = `Patient/${smart.getState().session?.patient}`;
    return (await outcome(smart.request(patient).then(() => true))).code ?? 'read';
  },

  state: () => ({ status: smart.getState().status, changes }),

  storage: () => [...Object.entries(sessionStorage), ...Object.entries(localStorage)],
};

/** @param {{ id: string, task: string, input: unknown }} message */
async function runTask({ id, task, input }) {
  // The sender knows the type of the task's input.
  const report = await /** @type {Tasks} */ (tasks)[task]?.(/** @type {never} */ (input));
  return { id, name, report };
}

/**
 * Loads the page again, without `history.state` and with the storage of another tab, as in a duplicate of that tab.
 *
 * @param {[string, string][]} entries
 */
function copyStorage(entries) {
  // Runs after the library's listener, which stores in `sessionStorage` to which session this page belonged.
  addEventListener('pagehide', () => {
    sessionStorage.clear();
    for (const [key, value] of entries) sessionStorage.setItem(key, value);
  });
  location.replace(location.href);
}

globalThis.shareStorage = () => channel.postMessage({ storage: Object.entries(sessionStorage) });

/** @type {Map<string, (message: { report: unknown }) => void>} */
const collectors = new Map();
channel.onmessage = async ({ data }) => {
  if (data.storage) copyStorage(data.storage);
  else if (data.task) channel.postMessage(await runTask(data));
  else collectors.get(data.id)?.(data);
};

/**
 * Runs a task in all tabs.
 *
 * @returns {Promise<unknown[]>} the reports of `count` tabs, or the reports that arrived in time
 */
globalThis.runInAllTabs = (task, input, count, milliseconds = 60_000) =>
  new Promise((resolve) => {
    const id = crypto.randomUUID();
    /** @type {unknown[]} */
    const reports = [];
    const finish = () => {
      clearTimeout(timer);
      collectors.delete(id);
      resolve(reports);
    };
    const timer = setTimeout(finish, milliseconds);
    const collect = (/** @type {{ report: unknown }} */ { report }) => {
      if (reports.push(report) === count) finish();
    };
    collectors.set(id, collect);
    const message = { id, task, input };
    channel.postMessage(message);
    runTask(message).then(collect);
  });
