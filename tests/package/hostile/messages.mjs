// Group T: messages and records of other scripts and other versions of the library at the origin.

import assert from 'node:assert/strict';
import { required } from '../required.mjs';
import { FORGED } from '../forged.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 */

const APP = 'https://app.example/';

/** A value of every JSON type, and lists that begin like messages of the library. */
const VALUES = [null, 7, -1, 'text', '', true, false, {}, [], [null], [[[]]], ['ended'], ['renewed'], ['ask'], { id: 1 }, { v: 1 }];

/** @param {Play} play */
const sessionKey = ({ tab }) =>
  required(Object.keys(tab.storage).find((key) => key.startsWith('smart-launch:session:')));

/**
 * A message on the channel of the session, from another script of the origin.
 *
 * @param {string} title
 * @param {(state: unknown) => unknown[]} createMessages
 * @returns {Variant}
 */
const postedMessages = (title, createMessages) => ({
  title: `channel: ${title}`,
  async run(play) {
    await play.signIn();
    play.mark();
    const key = sessionKey(play);
    const { state } = JSON.parse(required(play.tab.storage.getItem(key)));
    const name = key.split(':').slice(0, -2).join(':');
    const [sender, observer] = [new BroadcastChannel(name), new BroadcastChannel(name)];
    play.test.after(() => [sender, observer].forEach((channel) => channel.close()));
    /** @type {unknown[]} */
    const statuses = [];
    play.client.subscribe(() => statuses.push(play.client.getState().status));
    // When the last message arrives, the client has received all earlier ones.
    /** @type {Promise<void>} */
    const lastReceived = new Promise((resolve) => {
      observer.onmessage = (message) => Reflect.get(message, 'data') === 'last' && resolve();
    });
    for (const message of createMessages(state)) sender.postMessage(message);
    sender.postMessage('last');
    await lastReceived;
    await new Promise((resolve) => setImmediate(resolve));
    await play.client.getAccessToken();
    assert.deepEqual(statuses, [], 'the messages are ignored');
    assert.equal(play.refreshes().length, 0);
  },
});

/**
 * The record of the session is replaced, and the page is reloaded.
 *
 * @param {string} title
 * @param {(record: object) => string} change
 * @returns {Variant}
 */
const changedRecord = (title, change) => ({
  title: `storage: ${title}`,
  async run(play) {
    await play.signIn();
    const key = sessionKey(play);
    play.tab.storage.setItem(key, change(JSON.parse(required(play.tab.storage.getItem(key)))));
    await play.open(APP, { fresh: true });
    assert.equal(await play.client.ready(), null);
    assert.equal(play.tab.storage.getItem(key), null, 'the record is removed');
    assert.equal(play.refreshes().length, 0);
    // The other pending sign-in is unchanged.
    play.request = play.otherRequest;
    play.mark();
  },
});

/** @type {import('./play.mjs').Rows} */
export const MESSAGES = {
  H184: [
    ...VALUES.map((value) => postedMessages(JSON.stringify(value), () => [value])),
    postedMessages('of this session, with invalid members', (state) => [
      ['ended', state],
      ['ended', state, 7],
      ['ended', state, '0', ''],
      ['renewed', state, 'null'],
      ['renewed', state, '7'],
      ['renewed', state, {}],
      ['ask', null, {}],
    ]),
    ...Object.entries(FORGED).map(/** @returns {Variant} */ ([title, forge]) => ({
      title: `to the worker: ${title}`,
      isolated: true,
      async run(play) {
        await play.signIn();
        play.mark();
        const before = play.ehr.requests.length;
        const { result, error } = await play.workers.forge(forge(play.ehr));
        assert.deepEqual([result, error.code], [undefined, 'internal']);
        assert.equal(play.ehr.requests.length, before, 'nothing is sent');
      },
    })),
    ...VALUES.map(/** @returns {Variant} */ (data) => ({
      title: `from the worker: ${JSON.stringify(data)}`,
      isolated: true,
      async run(play) {
        await play.signIn();
        play.mark();
        required(play.workers.started.at(-1)).dispatch('message', { data });
      },
    })),
    ...VALUES.map((value) => changedRecord(JSON.stringify(value), () => JSON.stringify(value))),
    changedRecord('no JSON', () => '{'),
    ...['granted', 'asked', 'tokenResponse', 'fhirContext', 'claims', 'warnings', 'refresh_token', 'patient'].map((name) =>
      changedRecord(`${name} of another type`, (record) => JSON.stringify({ ...record, [name]: 7 })),
    ),
    {
      title: 'storage: a record of a newer version',
      async run(play) {
        await play.signIn();
        const { storage } = play.tab;
        const key = sessionKey(play);
        const newerKey = key.replace(':1:', ':2:');
        const record = JSON.stringify({ ...JSON.parse(required(storage.getItem(key))), v: 2 });
        Object.assign(storage, { [key]: record, [newerKey]: record });
        await play.open(APP, { fresh: true });
        assert.equal(await play.client.ready(), null, 'the record is not used');
        assert.deepEqual([storage.getItem(key), storage.getItem(newerKey)], [record, record], 'both records are unchanged');
        await play.signIn();
        await play.client.logout();
        assert.equal(storage.getItem(newerKey), record, 'a sign-out leaves the key of another version unchanged');
        play.request = undefined;
        play.mark();
      },
    },
  ],
};
