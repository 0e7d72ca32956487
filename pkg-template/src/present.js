// The session that is present: entered, renewed here or in another tab, ended.

import { can } from './client-engine.js';
import { createEars } from './ears.js';
import { smartError } from './error.js';
import { sessionOf } from './session.js';

/**
 * @param {object} client what the entry's part of the client shares
 * @param {(job: string, input: object) => Promise<any>} run
 */
export function createPresent(client, run) {
  const { getState, set, emit } = client;
  /** Its record as the engine knows it: its key, above all. */
  let current;
  let losing;

  async function enter(record, event) {
    const session = await sessionOf(record, can);
    const before = current;
    current = record;
    settled(session);
    listen(record);
    set({ status: 'authenticated', session, error: null });
    if (event) emit(event, session);
    if (before?.state === record.state && before.granted !== record.granted) emit('scopeChanged', session);
    return session;
  }

  /** Enters a session that was renewed, here or in another tab, unless a newer one is there. */
  async function renewed(record) {
    const age = (record.generation ?? 0) - (current?.generation ?? 0) || record.issued - current?.issued;
    if (record.state !== current?.state || age <= 0) return;
    await enter(record, record.access_token === current.access_token ? undefined : 'refreshed');
  }

  /** The session as the engine has it: another tab may have renewed or ended it. */
  async function look(record) {
    const { key, state: family } = current ?? {};
    if (!key) return;
    try {
      await renewed(await run('adopt', { key, family, record }));
    } catch (error) {
      if (error.code === 'signed_out' && current?.state === family) end('logout');
    }
  }

  async function heard(kind, of, text) {
    const { key, state: family, claims } = current ?? {};
    if (kind === 'logout' && claims && of === claims.iss && text === claims.sid) await client.logout();
    if (of !== family) return;
    if (kind === 'renewed') await look(text);
    if (kind === 'ended') {
      end('logout');
      await run('end', { key, family, generation: Number(text) });
    }
  }

  const listen = createEars({
    heard: (...said) => void heard(...said).catch(() => {}),
    awake: () => void look(),
    due: () => void good({}).catch(() => {}),
    expiring: () => emit('expiring', getState().session),
  });

  /** What ready() gives from here on. */
  const settled = (session) => (client.readying = { ...client.readying, promise: Promise.resolve(session) });

  /** Nobody is signed in here from now on. */
  function end(reason, error = null) {
    current = undefined;
    settled(null);
    listen();
    set({ status: 'unauthenticated', session: null, error });
    emit('signedOut', { reason });
  }

  /** Which session a job is for. */
  async function own() {
    await client.readying?.promise.catch(() => {});
    if (!current) throw await smartError({ code: 'signed_out' });
    return { key: current.key, family: current.state };
  }

  /** The session with a good token. */
  async function good(input) {
    const which = await own();
    try {
      const record = await run('token', { ...which, ...input });
      await renewed(record);
      if (current?.state === which.family) set({ error: null });
      return record;
    } catch (error) {
      const tell = () => (current?.state === which.family ? lost(error) : undefined);
      // One after the other: the first to fail knows why the others are signed out.
      await (losing = Promise.resolve(losing).then(tell, tell));
      throw error;
    }
  }

  /** Whether the engine has ended a session. */
  const isGone = async () =>
    run('resource', { ...(await own()), url: '' }).then(
      () => false,
      ({ code }) => code === 'signed_out',
    );

  /** A session that cannot be renewed lasts until its token expires. */
  async function lost(error) {
    const changed = error.code === 'id_token_invalid' && (await isGone());
    const ended = error.code === 'signed_out';
    // It has no refresh token any more.
    if (error.code === 'refresh_rejected') await look();
    const over = OVER.includes(error.code) && !((getState().session?.expiresAt ?? 0) > Date.now());
    if (changed || ended || over) {
      end(changed ? 'identity_changed' : ended ? 'logout' : 'session_expired', error);
    } else {
      set({ error });
    }
    emit('error', error);
  }

  return { present: () => current, enter, end, own, good };
}

/** What ends a session whose token has expired. */
const OVER = ['session_expired', 'refresh_rejected', 'refresh_in_doubt'];
