// Tasks that all tabs do at once: one of them asks, each of them, the asking one too, does the task and reports.

// Tabs whose clocks are moved one after the other must not want a token of their own accord in between: one that is ahead
// would renew it, one that is behind would take that for a token of the future and renew it again.
if (new URLSearchParams(location.search).has('tasks-only')) {
  const ignore = (/** @type {Event} */ event) => event.stopImmediatePropagation();
  for (const name of ['pageshow', 'online']) addEventListener(name, ignore);
  document.addEventListener('visibilitychange', ignore);
}

const channel = new BroadcastChannel('tests');
const name = crypto.randomUUID();

/** @typedef {Record<string, (input: never) => unknown>} Tasks by name: what a tab does with the input, and reports */

/** @satisfies {Tasks} */
const tasks = {
  ping: () => true,

  /**
   * The token expires. In all tabs before it is wanted: they have one clock.
   *
   * @param {number} seconds
   */
  expire(seconds) {
    moveClock(seconds);
    return true;
  },

  /**
   * The token is wanted.
   *
   * @param {{ check: boolean }} input
   */
  async token({ check }) {
    const started = instant();
    const { value: token, code } = await outcome(smart.getAccessToken());
    const usable = token && check ? await isUsable(token) : undefined;
    return { token, code, started, ended: ended.length, usable };
  },

  /**
   * Reads from the FHIR server, so often at once, if nobody sees it.
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

  state: () => ({ status: smart.getState().status, changes, ended }),

  storage: () => [...Object.entries(sessionStorage), ...Object.entries(localStorage)],
};

/** @param {{ id: string, task: string, input: unknown }} asked */
async function work({ id, task, input }) {
  // Whoever asks knows what the task takes.
  const report = await /** @type {Tasks} */ (tasks)[task]?.(/** @type {never} */ (input));
  return { id, name, report };
}

/**
 * Takes over what another tab has stored, as a duplicate of it would have it: a page of its own in the history.
 *
 * @param {[string, string][]} entries
 */
function adopt(entries) {
  // After the library, which notes there whose session this page had.
  addEventListener('pagehide', () => {
    sessionStorage.clear();
    for (const [key, value] of entries) sessionStorage.setItem(key, value);
  });
  location.replace(location.href);
}

globalThis.shareStorage = () => channel.postMessage({ adopt: Object.entries(sessionStorage) });

/** @type {Map<string, (message: { report: unknown }) => void>} */
const collecting = new Map();
channel.onmessage = async ({ data }) => {
  if (data.adopt) adopt(data.adopt);
  else if (data.task) channel.postMessage(await work(data));
  else collecting.get(data.id)?.(data);
};

/**
 * Lets all tabs do a task.
 *
 * @returns {Promise<unknown[]>} what so many of them report, or those that did in time
 */
globalThis.ask = (task, input, count, milliseconds = 60_000) =>
  new Promise((resolve) => {
    const id = crypto.randomUUID();
    /** @type {unknown[]} */
    const reports = [];
    const give = () => {
      clearTimeout(late);
      collecting.delete(id);
      resolve(reports);
    };
    const late = setTimeout(give, milliseconds);
    const collect = (/** @type {{ report: unknown }} */ { report }) => {
      if (reports.push(report) === count) give();
    };
    collecting.set(id, collect);
    const asked = { id, task, input };
    channel.postMessage(asked);
    work(asked).then(collect);
  });
