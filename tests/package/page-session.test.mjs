// A page has only the session of its own sign-in, or none, even if other iframes and tabs have other patients. But a new tab with
// `storage: 'local'` may get a session of another tab.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { createSmartClient } from 'smart-launch';
import { startEhr } from './ehr.mjs';
import { createViews, LOSSES } from './page-views.mjs';
import { callbackOf } from './sign-in.mjs';

const seed = Number(process.env.SMART_LAUNCH_SEED ?? Date.now() % 1e6);

/** A tab with two iframes of the app, each launched for another patient. */
async function twoFrames(t, options) {
  const views = await createViews(t, await startEhr(t), options);
  const [alice, bob] = [views.view({ isFrame: true }), views.view({ isFrame: true })];
  await views.launch(alice, 'alice');
  await views.launch(bob, 'bob');
  return { views, alice, bob };
}

for (const storage of ['session', 'local']) {
  test(`${storage}: two iframes of one tab keep their own patients through reload, navigation and refresh`, async (t) => {
    const { views, alice, bob } = await twoFrames(t, { storage });
    for (const reload of ['reload', 'navigate', 'reload', 'reload']) {
      for (const [view, patient] of [[alice, 'alice'], [bob, 'bob']]) {
        assert.equal((await views[reload](view))?.patient, patient, reload);
        await views.refresh(view);
        assert.equal(views.shown(alice), 'alice');
        assert.equal(views.shown(bob), 'bob');
      }
    }
  });

  test(`${storage}: iframes that the EHR has named keep their sessions through a reload, also if a router has replaced the history state`, async (t) => {
    const { views, alice, bob } = await twoFrames(t, { storage, name: 'of the EHR' });
    for (const view of [alice, bob]) views.route(view);
    assert.equal((await views.reload(bob)).patient, 'bob');
    assert.equal((await views.reload(alice)).patient, 'alice');
    assert.deepEqual(Object.keys(alice.entries.at(-1).state), ['idx', 'smart-launch'], "the router's own state stays");
    assert.equal(alice.name, 'of the EHR');
  });

  test(`${storage}: a new iframe, also one that the EHR has recreated, has no session`, async (t) => {
    const { views } = await twoFrames(t, { storage });
    assert.equal(await views.open(views.view({ isFrame: true })), null);
  });

  test(`${storage}: launches for alice, then bob in one tab: going back, each page shows its own patient or none`, async (t) => {
    const views = await createViews(t, await startEhr(t), { storage });
    const view = views.view();
    await views.launch(view, 'alice');
    await views.navigate(view);
    await views.launch(view, 'bob');
    assert.equal((await views.navigate(view)).patient, 'bob');
    while (view.at > 0) {
      const session = await views.back(view);
      assert.ok([undefined, view.entry.patient].includes(session?.patient), `${session?.patient} for ${view.entry.patient}`);
    }
  });

  for (const outcome of ['refused', 'failed', 'abandoned']) {
    test(`${storage}: alice signed in, launch for bob ${outcome}: the page has no session, also after a reload`, async (t) => {
      const views = await createViews(t, await startEhr(t), { storage });
      const view = views.view();
      await views.launch(view, 'alice');
      await views.launch(view, 'bob', outcome);
      assert.equal(await views.navigate(view), null);
      assert.equal(await views.reload(view), null);
    });
  }
}

for (const storage of ['session', 'local']) {
  test(`${storage}: the callback of the page's own sign-in, opened again, restores the session`, async (t) => {
    const views = await createViews(t, await startEhr(t), { storage });
    const view = views.view();
    await views.launch(view, 'alice');
    assert.equal((await views.reopen(view, 0)).patient, 'alice');
    assert.equal((await views.reload(view)).patient, 'alice');
  });

  test(`${storage}: the refused callback for bob, opened again in a page that shows alice, ends her session`, async (t) => {
    const views = await createViews(t, await startEhr(t), { storage });
    const view = views.view();
    await views.launch(views.view(), 'bob', 'refused');
    await views.launch(view, 'alice');
    assert.equal((await views.reopen(view, 0)).code, 'callback_replayed');
    assert.equal(await views.reload(view), null);
  });

  test(`${storage}: windows opened by an iframe that shows alice, and their windows, do not show the tab's patient`, async (t) => {
    const views = await createViews(t, await startEhr(t), { storage });
    const tab = views.view();
    await views.launch(tab, 'bob');
    const frame = views.view({ isFrame: true, tab: tab.tab });
    await views.launch(frame, 'alice');
    const newWindow = await views.window(frame);
    assert.equal(views.shown(newWindow), undefined);
    assert.equal(views.shown(await views.window(newWindow)), undefined);
    views.closeOpener(newWindow);
    assert.equal(await views.reload(newWindow), null);
  });

  test(`${storage}: alice signs out, bob is launched: an older page without history state has no session`, async (t) => {
    const views = await createViews(t, await startEhr(t), { storage });
    const view = views.view();
    await views.launch(view, 'alice');
    views.push(view);
    views.push(view);
    await views.run(view, (client) => client.logout());
    await views.launch(view, 'bob', undefined, 'crashed');
    assert.equal(await views.back(view, undefined), null);
  });
}

test('memory, without a page: a second sign-in that is refused ends the first session with the reason replaced', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  await client.ready({ callback: callbackOf(await client.authorize({ navigate: false })) });
  const signedOut = new Promise((resolve) => client.on('signedOut', ({ reason }) => resolve(reason)));
  const refusedCallback = callbackOf(await client.authorize({ navigate: false })).replace(/code=[^&]*/, 'error=access_denied');
  await assert.rejects(client.ready({ callback: refusedCallback }), { code: 'authorization_refused' });
  assert.equal(await signedOut, 'replaced');
  assert.equal(await client.ready(), null);
  await assert.rejects(client.getAccessToken(), { code: 'signed_out' });
});

test('local: a new tab gets the session if all sessions are of one patient, and none if there are two patients', async (t) => {
  const views = await createViews(t, await startEhr(t), { storage: 'local' });
  await views.launch(views.view(), 'alice');
  assert.equal((await views.open(views.view())).patient, 'alice');
  await views.launch(views.view(), 'alice');
  assert.equal((await views.open(views.view())).patient, 'alice');
  await views.launch(views.view(), 'bob');
  assert.equal(await views.open(views.view()), null);
});

test('refused callback in a page that shows alice ends her session with the reason replaced', async (t) => {
  const views = await createViews(t, await startEhr(t));
  const view = views.view();
  await views.launch(view, 'alice');
  const reasons = [];
  await views.run(view, async (client) => {
    client.on('signedOut', ({ reason }) => reasons.push(reason));
    const request = await client.authorize({ navigate: false });
    const callback = callbackOf(request).replace(/code=[^&]*/, 'error=access_denied');
    await assert.rejects(client.ready({ callback }), { code: 'authorization_refused' });
    assert.equal(client.getState().status, 'error');
    assert.equal(await client.ready(), null);
  });
  assert.deepEqual(reasons, ['replaced']);
  assert.ok(!JSON.stringify(view.tab.storage).includes('canary'), 'no token is left');
});

for (const [description, change] of Object.entries(LOSSES)) {
  for (const [call, run] of [
    ['fetch', (client) => client.fetch('Patient/1')],
    ['request', (client) => client.request('Patient/1')],
    ['getAccessToken', (client) => client.getAccessToken()],
    ['refresh', (client) => client.refresh()],
    ['userInfo', (client) => client.userInfo()],
    ['ready', (client) => client.ready()],
  ]) {
    const result = call === 'ready' ? 'returns null' : 'rejects with signed_out';
    test(`${description}: ${call}() ${result}, and the session has ended`, async (t) => {
      const views = await createViews(t, await startEhr(t));
      const view = views.view();
      await views.launch(view, 'alice');
      await views.run(view, async (client) => {
        const reasons = [];
        client.on('signedOut', ({ reason }) => reasons.push(reason));
        change(view.tab.storage, Object.keys(view.tab.storage).find((key) => key.includes(':session:')));
        const code = await run(client).catch(({ code }) => code);
        assert.equal(code, call === 'ready' ? null : 'signed_out');
        const { status, session } = client.getState();
        assert.deepEqual([status, session, reasons], ['unauthenticated', null, ['logout']]);
        assert.equal(await client.ready(), null);
        assert.ok(Object.keys(view.tab.storage).every((key) => !key.includes(':session:')));
        await client.logout();
        const revoked = views.ehr.requestsTo('/revoke').map(({ fields }) => fields.get('token'));
        assert.ok(revoked.includes('canary-refresh-1'), 'the tokens in memory are revoked');
      });
    });
  }
}

test('authorize() starts a new sign-in if the page was not left, and concurrent calls are one sign-in', async (t) => {
  const views = await createViews(t, await startEhr(t));
  const view = views.view();
  await views.open(view);
  await views.run(view, async (client) => {
    const redirects = [];
    client.on('redirecting', ({ url }) => redirects.push(url));
    for (const times of [1, 2, 3]) {
      const attempt = client.authorize();
      assert.equal(client.authorize(), attempt);
      while (redirects.length < times) await wait(2);
      await wait(2);
    }
    assert.equal(redirects.length, 3);
  });
});

test('dispose(): calls reject with aborted, no more events, and another client can restore the session', async (t) => {
  const views = await createViews(t, await startEhr(t));
  const view = views.view();
  await views.launch(view, 'alice');
  await views.run(view, async (client) => {
    client.subscribe(() => assert.fail('called without a change'));
    client.dispose();
    client.dispose();
    for (const call of ['ready', 'authorize', 'fetch', 'request', 'getAccessToken', 'refresh', 'logout', 'discover']) {
      await assert.rejects(client[call]('Patient'), { code: 'aborted', name: 'SmartError' });
    }
  });
  assert.equal((await views.reload(view)).patient, 'alice');
});

test('messages of every JSON type on the channel are ignored', async (t) => {
  const views = await createViews(t, await startEhr(t));
  const view = views.view();
  await views.launch(view, 'alice');
  const key = Object.keys(view.tab.storage).find((key) => key.includes(':session:'));
  const channel = new BroadcastChannel(key.split(':').slice(0, -2).join(':'));
  t.after(() => channel.close());
  const { state } = JSON.parse(view.tab.storage[key]);
  const malformed = [null, 7, 'text', true, {}, [], [null], ['ended'], ['ended', state], ['ended', state, 7], ['ended', state, '0', '']];
  await views.run(view, async (client) => {
    for (const message of [...malformed, ['renewed', state, 'null'], ['renewed', state, '7'], ['ask', null, {}]]) channel.postMessage(message);
    await wait(50);
    assert.equal(client.getState().status, 'authenticated');
    assert.equal(await client.getAccessToken(), 'canary-access-1');
  });
});

// Model-based test: any actions in any order.
const SEEDS = Number(process.env.SMART_LAUNCH_SEEDS ?? 10);
const STEPS = 60;

for (const storage of ['session', 'local']) {
  test(`${storage}: no page ever shows a patient that its launch did not name, and its state agrees with its calls`, async (t) => {
    const ehr = await startEhr(t);
    for (let number = seed; number < seed + SEEDS; number++) {
      const views = await createViews(t, ehr, { storage });
      const random = randomFrom(number);
      const pick = (list) => list[Math.floor(random() * list.length)];
      const tab = views.view();
      const allViews = [tab, views.view({ isFrame: true, tab: tab.tab }), views.view({ isFrame: true, tab: tab.tab }), views.view()];
      const steps = [];
      try {
        for (let step = 0; step < STEPS; step++) {
          const view = pick(allViews);
          const patient = pick(['alice', 'bob', 'carol']);
          const action = pick(['launch', 'launch', 'launch', 'reload', 'reload', 'navigate', 'back', 'back', 'route', 'clear', 'remove', 'logout', 'refresh', 'expire', 'reject', 'refused', 'failed', 'abandoned']);
          steps.push(`${allViews.indexOf(view)} ${action} ${patient}`);
          if (action === 'launch') await views.launch(view, patient);
          else if (['refused', 'failed', 'abandoned'].includes(action)) await views.launch(view, patient, action);
          else if (action === 'route') views.route(view);
          else if (action === 'clear') view.tab.storage.clear();
          else if (action === 'remove') for (const key of Object.keys(view.tab.storage)) key.includes(':session:') && view.tab.storage.removeItem(key);
          else if (action === 'logout' && view.client) await views.run(view, (client) => client.logout());
          else if (action === 'expire') views.expire();
          else if (action === 'reject' && view.client) await views.reject(view);
          else if (action === 'refresh' && view.client) await views.refresh(view).catch(() => {});
          else if (['reload', 'navigate', 'back'].includes(action)) await views[action](view);
          for (const view of allViews) await views.check(view);
        }
      } catch (error) {
        throw new Error(`seed ${number}: ${steps.join(', ')}`, { cause: error });
      }
    }
    t.diagnostic(`seeds ${seed} to ${seed + SEEDS - 1}, ${SEEDS * STEPS} steps`);
  });
}

/** Mulberry32. */
function randomFrom(number) {
  let state = number;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
