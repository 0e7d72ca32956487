// @ts-nocheck
// The session that is present: renewed here or in another tab, ended.

import { createEars } from './wake-up-events.js';

/**
 * @param {object} client what the entry's part of the client shares
 * @param {object} engine what the engine's chunk shares
 */
export function createPresent(client, { run, enter, channel, named, smartError }) {
  const { getState, set, emit, end } = client;
  let losing;

  /** Whether the session that is present is still of this sign-in. */
  const isOf = (family) => client.record?.state === family;

  /** Enters a session that was renewed, here or in another tab, unless a newer one is there. */
  async function renewed(record) {
    const { state, generation = 0, issued, access_token } = client.record ?? {};
    const age = (record.generation ?? 0) - generation || record.issued - issued;
    if (record.state !== state || age <= 0) return;
    await enter(record, record.access_token === access_token ? undefined : 'refreshed');
  }

  /** The session as the engine has it: another tab may have renewed or ended it. */
  async function look(record) {
    const { key, state: family } = client.record ?? {};
    if (!key) return;
    try {
      await renewed(await run('adopt', { key, family, record }));
    } catch (error) {
      if (error.code === 'signed_out' && isOf(family)) client.gone(undefined, reasonOf(error));
    }
  }

  async function heard(kind, of, text) {
    const { key, state: family, claims } = client.record ?? {};
    if (kind === 'logout' && claims && of === claims.iss && text === claims.sid) await client.logout();
    if (of !== family) return;
    if (kind === 'renewed') await look(text);
    if (kind === 'ended' || kind === 'identity_changed') {
      client.gone(undefined, reasonOf({ ended: kind }));
      await run('end', { key, family, generation: Number(text) });
    }
  }

  /** Which session a job is for. */
  async function own() {
    await client.readying?.promise.catch(() => {});
    if (!client.record) throw await smartError({ code: 'signed_out' });
    const { key, state: family } = client.record;
    return { key, family };
  }

  /** Asks for something about the session that is present: where the engine says that it is gone, so does the state. */
  async function about(ask) {
    const which = await own();
    try {
      return await ask(which);
    } catch (error) {
      if (error.code === 'signed_out' && isOf(which.family)) client.gone(error, reasonOf(error));
      throw error;
    }
  }

  /** The session with a good token. */
  async function good(input) {
    const which = await own();
    try {
      const { failure, ...record } = await run('token', { ...which, ...input });
      await renewed(record);
      const error = failure ? await smartError(named(failure)) : null;
      if (isOf(which.family)) set({ error });
      if (error) emit('error', error);
      return record;
    } catch (error) {
      const tell = () => lost(error, which.family);
      // One after the other: the first to fail knows why the others are signed out.
      await (losing = Promise.resolve(losing).then(tell, tell));
      throw error;
    }
  }

  /** A session that cannot be renewed lasts until its token expires. */
  async function lost(error, family) {
    // This page may have heard of the end before, as another one does.
    if (!client.record && error.ended && error.code !== 'signed_out') set({ error });
    else if (!isOf(family)) return;
    // It has no refresh token any more.
    if (error.code === 'refresh_rejected') await look();
    if (isOf(family)) {
      // Says so too.
      if (error.code === 'signed_out') return client.gone(error, reasonOf(error));
      if (error.ended) end(reasonOf(error), error);
      else set({ error });
    }
    emit('error', error);
  }

  createEars(client, channel, {
    awake: () => void look(),
    due: () => void good({}).catch(() => {}),
    expiring: () => emit('expiring', getState().session),
  });
  // Something may have been said before this was there.
  void look();

  return { about, own, good, heard, look };
}

/** Why a session has ended, by the engine's word for it; nothing where it has none. */
const reasonOf = ({ ended }) => (ended === 'ended' ? 'logout' : ended || undefined);
