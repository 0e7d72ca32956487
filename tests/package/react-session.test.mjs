// useSmartSession and RequireSmart, for components that need a signed-in user.

import { waitLongEnough, openCallback, openPage, render } from './rendered.mjs';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createElement as h, StrictMode, Suspense, useState } from 'react';
import { SmartError, createSmartClient } from 'smart-launch';
import { RequireSmart, SmartProvider, useSmartSession } from 'smart-launch/react';
import { createFakeSmartClient } from 'smart-launch/testing';
import { Boundary, Patient, watcher } from './components.mjs';
import { startEhr } from './ehr.mjs';
import { signIn } from './sign-in.mjs';

const CONFIGURATION = '/fhir/.well-known/smart-configuration';
const inSuspense = (...children) => h(Suspense, { fallback: 'waiting' }, ...children);
const guard = (props, ...children) =>
  h(
    RequireSmart,
    { loading: 'loading', unauthenticated: 'nobody', ...props },
    ...(children.length > 0 ? children : [h(Patient)]),
  );

test('useSmartSession suspends until there is a session', async (t) => {
  const { ehr, options } = await openCallback(t);
  const held = ehr.hold('/token', () => ({ json: ehr.tokenResponse() }));
  const view = render(t, h(StrictMode, null, h(SmartProvider, { options }, inSuspense(h(Patient)))));
  await view.shows('waiting');
  await held.arrived;
  held.release();
  await view.shows('zoe');
  assert.equal(ehr.requestsTo('/token').length, 1);
});

test('a provider inside a suspended boundary calls ready(), and only once', async (t) => {
  const { ehr, options } = await openCallback(t, { tokens: { patient: 'amal' } });
  const view = render(
    t,
    h(StrictMode, null, inSuspense(h(SmartProvider, { options: { ...options, storage: 'memory' } }, h(Patient)))),
  );
  await view.shows('amal');
  assert.equal(ehr.requestsTo('/token').length, 1);
});

test('the URL does not change while React renders', async (t) => {
  const { options, page } = await openCallback(t);
  const addresses = [];
  function AddressRecorder() {
    try {
      return useSmartSession().patient;
    } finally {
      addresses.push(page.address());
    }
  }
  const view = render(t, inSuspense(h(SmartProvider, { options }, h(AddressRecorder))));
  await view.shows('zoe');
  assert.match(addresses[0], /^\/back\?code=/);
  assert.equal(page.address(), '/back');
});

test('error of a failed sign-in reaches the error boundary', async (t) => {
  t.mock.method(console, 'error', () => {});
  const { ehr, options } = await openCallback(t);
  ehr.answer('/token', { status: 400, json: { error: 'invalid_grant' } });
  const view = render(t, h(SmartProvider, { options }, h(Boundary, null, inSuspense(h(Patient)))));
  await view.shows('failed: token_refused');
});

test('without a session, signed_out reaches the error boundary', async (t) => {
  t.mock.method(console, 'error', () => {});
  const ehr = await startEhr(t);
  await openPage(t, 'https://app.example/');
  const view = render(t, h(SmartProvider, { options: ehr.options() }, h(Boundary, null, inSuspense(h(Patient)))));
  await view.shows('failed: signed_out');
});

test('after a sign-out, signed_out reaches the error boundary', async (t) => {
  t.mock.method(console, 'error', () => {});
  const { options } = await openCallback(t);
  const { status, seen } = watcher();
  const view = render(t, h(SmartProvider, { options }, status, ' ', h(Boundary, null, inSuspense(h(Patient)))));
  await view.shows('authenticated zoe zoe');
  await seen.at(-1).logout();
  await view.shows('unauthenticated failed: signed_out');
});

test('children of RequireSmart are rendered only with a session', async (t) => {
  const { options } = await openCallback(t);
  const errors = t.mock.method(console, 'error', () => {});
  const { status, seen } = watcher();
  const view = render(t, h(SmartProvider, { options }, status, ' ', h(Boundary, null, guard({}))));
  await view.shows('authenticated zoe zoe');
  const { client } = seen.at(-1);
  await client.refresh();
  await view.shows('authenticated zoe zoe');
  await client.logout();
  await view.shows('unauthenticated nobody');
  await signIn(client);
  await view.shows('authenticated zoe zoe');
  assert.equal(errors.mock.callCount(), 0);
});

test('RequireSmart shows `loading`, then `unauthenticated`, and does not navigate', async (t) => {
  const ehr = await startEhr(t);
  const { page } = await openPage(t, 'https://app.example/');
  let hasNavigated = false;
  page.left.then(() => (hasNavigated = true));
  const shownTexts = [];
  const show = (text) => h(() => (shownTexts.push(text), text));
  const view = render(
    t,
    h(SmartProvider, { options: ehr.options() }, guard({ loading: show('loading'), unauthenticated: show('nobody') })),
  );
  await view.shows('nobody');
  await waitLongEnough();
  assert.deepEqual([...new Set(shownTexts)], ['loading', 'nobody']);
  assert.equal(hasNavigated, false);
  assert.equal(ehr.requests.length, 0);
});

test('sign-in that failed shows `unauthenticated`', async (t) => {
  const { ehr, options } = await openCallback(t);
  ehr.answer('/token', { status: 400, json: { error: 'invalid_grant' } });
  const view = render(t, h(SmartProvider, { options }, guard({ redirect: 'always' }, 'somebody')));
  await view.shows('nobody');
  await waitLongEnough();
  assert.equal(ehr.requestsTo(CONFIGURATION).length, 1, 'only the failed sign-in has requested the configuration');
});

test('redirect="always" starts one sign-in, also under StrictMode', async (t) => {
  const ehr = await startEhr(t);
  const { page, tab } = await openPage(t, 'https://app.example/charts');
  const authorizeOptions = { scope: 'launch/patient patient/Observation.rs', returnTo: '/charts' };
  const view = render(
    t,
    h(StrictMode, null, h(SmartProvider, { options: ehr.options() }, guard({ redirect: 'always', authorizeOptions }))),
  );
  const { origin, searchParams } = new URL(await page.left);
  assert.equal(origin, ehr.origin);
  assert.equal(searchParams.get('scope'), 'launch/patient patient/Observation.rs');
  await waitLongEnough();
  assert.equal(view.text(), 'loading');
  assert.equal(ehr.requestsTo(CONFIGURATION).length, 1);
  assert.equal(Object.keys(tab.storage).filter((key) => key.includes(':sign-in:')).length, 1);
});

test('redirect="launch" starts a sign-in only for a launch', async (t) => {
  const ehr = await startEhr(t);
  const { open } = await openPage(t, 'https://app.example/');
  const app = (options) => h(SmartProvider, { options }, guard({ redirect: 'launch' }));
  const standalone = render(t, app(ehr.options()));
  await standalone.shows('nobody');
  await waitLongEnough();
  assert.equal(ehr.requests.length, 0);
  standalone.unmount();

  const page = await open(`https://app.example/?iss=${encodeURIComponent(ehr.fhirBaseUrl)}&launch=xyz`);
  const launched = render(t, app(ehr.options({ scope: 'launch patient/*.rs' })));
  assert.equal(new URL(await page.left).searchParams.get('launch'), 'xyz');
  assert.equal(launched.text(), 'loading');
});

test('redirect is tried once: a sign-in that cannot start shows `unauthenticated`', async (t) => {
  const ehr = await startEhr(t);
  await openPage(t, `https://app.example/?iss=${encodeURIComponent('https://elsewhere.example/fhir')}&launch=xyz`);
  const { status, seen } = watcher();
  const smart = createSmartClient(ehr.options());
  // This function does not catch the rejection: if RequireSmart does not catch it, the test fails.
  const client = { ...smart, authorize: async (options) => smart.authorize(options) };
  const view = render(t, h(SmartProvider, { client }, status, ' ', guard({ redirect: 'launch' })));
  await view.shows('unauthenticated issuer_not_allowed nobody');
  const renderings = seen.length;
  await waitLongEnough();
  assert.equal(seen.length, renderings);
});

test('user who returns by the back button is not redirected again', async (t) => {
  const ehr = await startEhr(t);
  const { page, tab } = await openPage(t, 'https://app.example/');
  const view = render(t, h(SmartProvider, { options: ehr.options() }, guard({ redirect: 'always' })));
  await page.left;
  tab.comeBack();
  await view.shows('nobody');
  await waitLongEnough();
  assert.equal(ehr.requestsTo(CONFIGURATION).length, 1);
});

test('no redirect after a sign-out, until RequireSmart is mounted again', async (t) => {
  const { ehr, options, page } = await openCallback(t);
  const client = createSmartClient(options);
  const app = (key) => h(SmartProvider, { client }, guard({ redirect: 'always', key }));
  const view = render(t, app('here'));
  await view.shows('zoe');
  await client.logout();
  await view.shows('nobody');
  await waitLongEnough();
  assert.equal(client.getState().activity, 'idle');
  view.rerender(app('there'));
  await page.left;
  await view.shows('loading');
  assert.equal(ehr.requestsTo('/token').length, 1);
});

/** A signed-in client whose state the test changes. The members of `user` are added to the session. */
async function clientOfState(t, user = { fhirUser: 'https://ehr.example/fhir/Practitioner/1' }) {
  const { options } = await openCallback(t);
  const smart = createSmartClient(options);
  const session = { ...(await smart.ready()), ...user };
  const listeners = new Set();
  let state = { ...smart.getState(), session };
  const subscribe = (listener) => (listeners.add(listener), () => listeners.delete(listener));
  const changeState = (change) => {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  };
  return { client: { ...smart, getState: () => state, subscribe }, session, changeState };
}

const EXPIRED = { status: 'unauthenticated', session: null, error: new SmartError({ code: 'session_expired', message: 'expired' }) };
const signedInAgain = (session) => ({ status: 'authenticated', session, error: null });

/** A component in place of a form: it shows the patient, and how often the form was mounted. */
function formOf() {
  let mountings = 0;
  return function Form() {
    const [mounting] = useState(() => (mountings += 1));
    return `${useSmartSession().patient} ${mounting}`;
  };
}

test('`expired`: children stay mounted and hidden, and are the same after a sign-in for the same patient', async (t) => {
  const { client, session, changeState } = await clientOfState(t);
  const view = render(t, h(SmartProvider, { client }, guard({ expired: ' expired' }, h(formOf()))));
  await view.shows('zoe 1');
  assert.equal(view.isHidden(), false);
  changeState(EXPIRED);
  await view.shows('zoe 1 expired');
  assert.equal(view.isHidden(), true);
  // A further attempt that fails changes nothing.
  changeState({ error: new SmartError({ code: 'popup_closed', message: 'closed' }) });
  await view.shows('zoe 1 expired');
  changeState(signedInAgain({ ...session }));
  await view.shows('zoe 1');
  assert.equal(view.isHidden(), false);
});

test('`expired`: children are mounted anew for another patient, another user or another server', async (t) => {
  const { client, session, changeState } = await clientOfState(t);
  const view = render(t, h(SmartProvider, { client }, guard({ expired: ' expired' }, h(formOf()))));
  await view.shows('zoe 1');
  const changes = [{ patient: 'amal' }, { fhirUser: 'https://ehr.example/fhir/Practitioner/2' }, { serverUrl: 'https://b.example' }];
  for (const [index, change] of changes.entries()) {
    changeState(EXPIRED);
    await view.shows(`${index === 0 ? 'zoe' : (changes[index - 1].patient ?? 'zoe')} ${index + 1} expired`);
    changeState(signedInAgain({ ...session, ...change }));
    await view.shows(`${change.patient ?? 'zoe'} ${index + 2}`);
  }
});

test('`expired`: a sign-out in any tab unmounts the children, and a later error does not mount them again', async (t) => {
  for (const error of [null, new SmartError({ code: 'signed_out', message: 'elsewhere' })]) {
    const { client, changeState } = await clientOfState(t);
    const view = render(t, h(SmartProvider, { client }, guard({ expired: ' expired' }, h(formOf()))));
    await view.shows('zoe 1');
    changeState({ ...EXPIRED, error });
    await view.shows('nobody');
    changeState({ error: new SmartError({ code: 'popup_closed', message: 'closed' }) });
    await waitLongEnough();
    assert.equal(view.text(), 'nobody');
    view.unmount();
  }
});

test('`expired`: children of a session without a user are unmounted, because the next user may be another one', async (t) => {
  const { client, session, changeState } = await clientOfState(t, {});
  assert.deepEqual([session.fhirUser, session.idToken], [null, null]);
  const view = render(t, h(SmartProvider, { client }, guard({ expired: 'expired' }, h(formOf()))));
  await view.shows('zoe 1');
  changeState(EXPIRED);
  await view.shows('expired');
  changeState(signedInAgain({ ...session }));
  await view.shows('zoe 2');
});

test('`redirect`: no sign-in after an error, also if a sign-out has removed the error', async (t) => {
  const { client, changeState } = await clientOfState(t);
  const authorize = t.mock.method(client, 'authorize', async () => {});
  changeState({ status: 'loading', session: null });
  const view = render(t, h(SmartProvider, { client }, guard({ redirect: 'always' })));
  await view.shows('loading');
  changeState(EXPIRED);
  await view.shows('nobody');
  changeState({ error: null });
  await waitLongEnough();
  assert.deepEqual([view.text(), authorize.mock.callCount()], ['nobody', 0]);
});

test('children are mounted anew if another user or patient replaces the session, and for each sign-in of an unknown user', async (t) => {
  for (const props of [{}, { expired: ' expired' }]) {
    const { client, session, changeState } = await clientOfState(t);
    const view = render(t, h(SmartProvider, { client }, guard(props, h(formOf()))));
    await view.shows('zoe 1');
    changeState(signedInAgain({ ...session }));
    await waitLongEnough();
    assert.equal(view.text(), 'zoe 1');
    changeState(signedInAgain({ ...session, patient: 'amal' }));
    await view.shows('amal 2');
    view.unmount();
    const fake = createFakeSmartClient({ session: { patient: 'zoe' } });
    const fakeView = render(t, h(SmartProvider, { client: fake }, guard(props, h(formOf()))));
    await fakeView.shows('zoe 1');
    await fake.refresh();
    await waitLongEnough();
    assert.equal(fakeView.text(), 'zoe 1');
    fake.signIn({ patient: 'zoe' });
    await fakeView.shows('zoe 2');
    fakeView.unmount();
  }
});
