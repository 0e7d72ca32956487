// Renders components into a DOM.

import { document } from './dom.mjs';
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { createSmartClient } from 'smart-launch';
import { startEhr } from './ehr.mjs';
import { callbackOf } from './sign-in.mjs';
import { openTab } from './tab.mjs';

/** The number of milliseconds after which a wait fails. */
const TIMEOUT = 5_000;

/** A tab with a DOM, at this URL. */
export async function openPage(test, url) {
  const tab = openTab(test);
  const open = (url) => {
    // The new page has clients of its own.
    delete document[Symbol.for('smart-launch:clients')];
    return tab.open(url, { fresh: false, globals: { document } });
  };
  return { tab, open, page: await open(url) };
}

/** A tab with the callback of a sign-in that an earlier page has started. */
export async function openCallback(test, ehrOptions) {
  const ehr = await startEhr(test, ehrOptions);
  const options = ehr.options({ storage: 'session' });
  const { tab, open } = await openPage(test, options.redirectUri);
  const page = await open(callbackOf(await createSmartClient(options).authorize({ navigate: false })));
  return { ehr, options, tab, page };
}

/** Renders an element; with `html`, into the HTML that a server has rendered. */
export function render(test, element, { html, ...rootOptions } = {}) {
  const container = document.createElement('div');
  container.innerHTML = html ?? '';
  const root = html === undefined ? createRoot(container, rootOptions) : hydrateRoot(container, element, rootOptions);
  if (html === undefined) root.render(element);
  let mounted = true;
  const unmount = () => {
    if (mounted) root.unmount();
    mounted = false;
  };
  test.after(unmount);
  const text = () => container.textContent;
  return {
    rerender: (next) => root.render(next),
    unmount,
    text,
    /** Whether the first element is hidden. */
    isHidden: () => container.querySelector('div')?.style.display === 'none',
    /** Waits until the container shows this text, and nothing else. */
    shows: async (expected) => {
      await until(() => text() === expected).catch(() => {});
      assert.equal(text(), expected);
    },
  };
}

/** Waits until a condition is true. */
export async function until(condition) {
  const end = Date.now() + TIMEOUT;
  while (!condition()) {
    assert.ok(Date.now() < end, `never true: ${condition}`);
    await wait(2);
  }
}

/** Waits long enough for an event that must not happen. */
export const waitLongEnough = () => wait(100);
