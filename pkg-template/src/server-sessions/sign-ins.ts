// Sign-ins. A pending sign-in is in the store, and belongs to the browser that has the cookie for its `state`.

import { stateOfAny } from '../page/signed-callback.js';
import type { Callback } from '../page/callback.js';
import type { AuthorizationRequest } from '../page/authorization-request.js';
import { SIGN_IN } from '../page/pending-sign-ins.js';
import type { Failure } from '../error/failure.js';
import { SmartError } from '../error/smart-error.js';
import { SESSION_PARAMETER } from '../values/session-names.js';
import { PENDING_SECONDS } from './cookies.js';
import type { Cookies } from './cookies.js';
import type { Incoming } from './incoming.js';
import { redirect } from './outgoing.js';
import type { Requests } from './request-objects.js';
import { ID, hashOf, random } from './seal.js';
import { tokenEnd } from './sessions.js';
import type { Sessions } from './sessions.js';

/** Longest path to return to, in characters. */
const LONGEST_PATH = 2_048;

interface Settings {
  readonly sessions: Sessions;
  readonly cookies: Cookies;
  readonly requests: Requests;
  readonly origin: string;
  /** Path to open after a sign-in without `returnTo`. */
  readonly home: string;
  /** Whether a URL of the origin is a route of the library: a sign-in that led to `login` would be followed by another one. */
  isRoute(url: URL): boolean;
}

interface Begun {
  readonly request: AuthorizationRequest;
  /** Values of `Set-Cookie`. */
  readonly cookies: string[];
}

export function createSignIns({ sessions, cookies, requests, origin, home, isRoute }: Settings) {
  async function begin(incoming: Incoming, input: object): Promise<Begun> {
    const stored = sessions.record('', PENDING_SECONDS);
    const { id, requestUri } = requests.place();
    const { request } = await sessions.run(stored, 'authorize', { ...input, requestUri });
    const { state, requestObject } = request;
    if (requestObject !== undefined) await requests.save(id, requestObject);
    const [secret, pending] = [random(), sessions.record(await keyOf(state), PENDING_SECONDS)];
    for (const [key, record] of stored.memory) pending.memory.set(key, record);
    // Stored with the sign-in, because a posted response comes from another site and arrives without this cookie.
    const [cookie] = cookies.browser(incoming.header('cookie'));
    pending.members = { browser: await hashOf('sign-in secret', secret), created: Date.now(), ...(cookie && { cookie }) };
    await pending.save();
    return { request, cookies: cookies.setPending(incoming.header('cookie'), await nameOf(state), secret) };
  }

  /** The URL in the app after a sign-in, with the id of the session. */
  function target(returnTo: string | null | undefined, id: string): string {
    const url = new URL(returnTo ?? home, origin);
    const own = url.origin === origin && !isRoute(url) ? url : new URL(home, origin);
    own.searchParams.set(SESSION_PARAMETER, id);
    return own.href;
  }

  return {
    launch(incoming: Incoming): Promise<Begun> {
      const { searchParams, href } = incoming.url;
      if (!searchParams.has('iss') || !searchParams.has('launch')) {
        throw { code: 'launch_invalid', about: 'the launch URL lacks `iss` or `launch`' };
      }
      return begin(incoming, { launchUrl: href, options: { returnTo: home } });
    },

    login(incoming: Incoming, returnTo: string | null, iss: string | null): Promise<Begun> {
      const path = returnTo && returnTo.length <= LONGEST_PATH ? returnTo : home;
      return begin(incoming, { options: { returnTo: path, ...(iss === null ? {} : { iss }) } });
    },

    async complete(incoming: Incoming, answer: Callback): Promise<Response> {
      const header = incoming.header('cookie');
      const state = stateOfAny(answer);
      const name = state && ID.test(state) ? await nameOf(state) : undefined;
      const secret = name && cookies.pending(header, name);
      if (!state || !name || !secret) throw UNKNOWN;
      const stored = sessions.record(await keyOf(state), PENDING_SECONDS);
      if (!(await stored.load()) || stored.members?.browser !== (await hashOf('sign-in secret', secret))) throw UNKNOWN;
      const browser = cookies.browser(header)[0] ?? stored.members.cookie ?? { name: random().slice(0, 8), secret: random() };

      /** The response to a callback that arrives again after it has created a session: browsers repeat unanswered requests. */
      const repeatResponse = async () => {
        const { session, returnTo, cookie } = stored.members ?? {};
        if (!session || !cookie || !(await sessions.open(session, [cookie.secret]))) return undefined;
        return redirect(target(returnTo, session), [cookies.setBrowser(cookie, sessions.lifetime)]);
      };
      const former = await repeatResponse();
      if (former) return former;

      let id: string | undefined;
      let path: string | null | undefined;
      try {
        await sessions.run(stored, 'ready', { ...answer, arrived: true, former: [] }, async (record) => {
          if (!record) return;
          // The page would sign in again and again.
          if (tokenEnd(record) <= Date.now()) throw EXPIRED;
          path = record.returnTo;
          // Always a new id: an attacker cannot have chosen it (session fixation).
          id = await sessions.create(
            [...stored.memory].filter(([key]) => !key.startsWith(SIGN_IN)),
            record,
            browser.secret,
          );
          for (const key of stored.memory.keys()) if (!key.startsWith(SIGN_IN)) stored.memory.delete(key);
          if (stored.members) {
            stored.members = { ...stored.members, session: id, cookie: browser, ...(path ? { returnTo: path } : {}) };
          }
        });
      } catch (error) {
        const repeated = SmartError.is(error) && error.code === 'callback_replayed' && (await stored.load()) && (await repeatResponse());
        if (repeated) return repeated;
        throw error;
      }
      if (id === undefined) throw UNKNOWN;
      return redirect(target(path, id), [cookies.setBrowser(browser, sessions.lifetime), cookies.removePending(name)]);
    },
  };
}

const keyOf = (state: string) => hashOf('sign-in', state);
/** The name of the cookie of a sign-in. */
const nameOf = async (state: string) => (await hashOf('cookie', state)).slice(0, 16);

const EXPIRED = {
  code: 'token_response_invalid',
  about: 'the access token has already expired, and there is no refresh token',
} satisfies Failure;

const UNKNOWN = {
  code: 'state_unknown',
  about: 'the response is not for a sign-in that this browser has begun',
  hint: 'The sign-in is older than ten minutes or was completed, or cookies are blocked: in an iframe, set `frames`.',
};
