/**
 * The worker of `smart-launch/isolated`. Import it for its side effect in a worker of the app, or pass it to `new
 * Worker()`. It exports nothing, and accepts only messages of the client.
 */

// The worker that keeps the session: a client like any other, and the page at the other end of its messages. It takes calls
// and gives what they give, but no token.

import { createSmartClient } from '../client/create-client.js';
import { doublePage, meetThose, visit } from './page-stand-in.js';
import { smartError } from '../error/create-error.js';
import { SmartError } from '../error/smart-error.js';
import { unanswered } from '../session/fhir-fetch.js';
import { createMask } from '../values/mask.js';
import { callOf, isData, isNumber } from './message.js';
import type { SmartClientOptions } from '../client/options.js';
import type { SmartClient } from '../client/smart-client.js';
import type { SmartFetchInit } from '../session/fhir-request-options.js';
import type { Changes, Data, ErrorData, Inputs, Notice, Results } from './message.js';

/** That of a worker, whose second parameter is not that of a window. */
declare function postMessage(message: unknown, transfer: Transferable[]): void;

const EVENTS = ['signedIn', 'refreshed', 'scopeChanged', 'expiring', 'signedOut', 'error', 'request'] as const;
const TOKENS = ['access_token', 'refresh_token', 'id_token'] as const;
/** Fields of a request that are no secrets, or that the page has itself. */
const PUBLIC = ['client_id', 'grant_type', 'redirect_uri', 'scope', 'token_type_hint', 'code', 'code_verifier'];
/** As many secrets as are known at a time: the tokens of a session and of those before, and what was sent of late. */
const MOST = 16;

let client: SmartClient;
/** Of the page that configured this. */
let origin: string | undefined;
/** Who waits to end which call. */
const running = new Map<unknown, AbortController>();
/** The state as the page knows it. */
const told: Data = {};
/** The tokens of the session, and those before them; and what was sent in confidence. */
let secrets: string[] = [];
let mask = (text: string): string => text;

const { fetch: send } = globalThis;
// A server may repeat what it is sent before the state shows it.
globalThis.fetch = (input, init) => {
  const sent = new Headers(init?.headers).get('authorization')?.split(' ').slice(1) ?? [];
  if (new Headers(init?.headers).get('content-type') === 'application/x-www-form-urlencoded' && typeof init?.body === 'string') {
    for (const [name, value] of new URLSearchParams(init.body)) if (!PUBLIC.includes(name)) sent.push(value);
  }
  learn(sent);
  return send(input, init);
};

function learn(found: readonly (string | undefined)[]) {
  const known = found.filter((secret): secret is string => Boolean(secret && !secrets.includes(secret)));
  if (known.length === 0) return;
  secrets = [...known, ...secrets].slice(0, MOST);
  mask = createMask(secrets);
}

addEventListener('message', async ({ data }) => {
  const id = isNumber(data?.id) ? data.id : null;
  try {
    const { result, transfer } = await answer(id, data);
    post({ id, result }, transfer);
  } catch (error) {
    post({ id, error: await described(error) });
  }
});

async function answer(id: number | null, data: unknown): Promise<Answer<unknown>> {
  const message = callOf(data);
  // Nothing before the settings, and no other settings after them.
  if (!message || (message.call === 'configure') === Boolean(client)) throw await refused();
  const { call, input } = message;
  if (call !== 'fetch' && 'url' in input) {
    if (origin && new URL(input.url).origin !== origin) throw await refused();
    visit(input.url);
  }
  const aborter = new AbortController();
  running.set(id, aborter);
  try {
    // The input has passed the check of this call.
    return await CALLS[call](input as never, aborter.signal);
  } finally {
    running.delete(id);
  }
}

const refused = () => smartError({ code: 'internal', about: 'the worker does not take this message' });

interface Answer<Result> {
  result?: Result;
  transfer?: Transferable[];
}

const CALLS: {
  [Name in keyof Inputs]: (
    input: Inputs[Name],
    signal: AbortSignal,
  ) => Answer<Results[Name]> | Promise<Answer<Results[Name]>>;
} = {
  configure({ options, records, url }) {
    origin = new URL(url).origin;
    doublePage(records, (record, text) => post({ record, text }));
    // What is wrong with them is for the client to say.
    client = createSmartClient({ ...(options as unknown as SmartClientOptions), storage: 'memory' });
    client.subscribe((event) => event ?? tell());
    for (const event of EVENTS) {
      client.on(event, (detail) => post({ event, detail: SmartError.is(detail) ? plainError(detail) : detail }));
    }
    return {};
  },
  ping: () => ({}),
  abort({ of }) {
    running.get(of)?.abort();
    return {};
  },
  async ready({ callback, others = [] }) {
    meetThose(others);
    return { result: (await client.ready({ callback })) !== null };
  },
  // The page leaves; there is nothing here that could.
  async authorize({ options, others }) {
    meetThose(others);
    return { result: await client.authorize({ ...options, navigate: false, target: undefined }) };
  },
  async fetch({ url, headers, ...init }, signal) {
    const permitted = new Headers(headers);
    permitted.delete('authorization');
    // A member that is `undefined` is as good as none.
    const response = await client.fetch(url, { ...init, headers: permitted, signal } as SmartFetchInit);
    const body = await response.arrayBuffer().catch(async (cause) => {
      throw await smartError(unanswered(cause, { signal }));
    });
    const { status, statusText } = response;
    const result = { url: response.url, status, statusText, headers: [...response.headers], body };
    return { result, transfer: [body] };
  },
  async refresh(_, signal) {
    await client.refresh({ signal });
    return {};
  },
  userInfo: async () => ({ result: await client.userInfo() }),
  introspect: async ({ options }) => ({ result: await client.introspect(options) }),
  async logout({ options }) {
    const { logoutUrl, error, ...ended } = await client.logout(options);
    // The server then asks the user, and knows the app by its id.
    const url = logoutUrl && logoutUrl.replace(/id_token_hint=[^&]*&?/, '');
    return { result: { ...ended, logoutUrl: url, error: error && (await described(error)) } };
  },
  discover: async ({ fhirBaseUrl }) => ({ result: await client.discover(fhirBaseUrl) }),
};

/** Tells the page what changed in the state. */
function tell() {
  const state = client.getState();
  const { tokenResponse } = state.session ?? {};
  if (tokenResponse && state.session !== told.session) {
    learn(TOKENS.map((name) => tokenResponse[name]));
  }
  const changes: Data = Object.fromEntries(Object.entries(state).filter(([name, value]) => value !== told[name]));
  Object.assign(told, changes);
  if (SmartError.is(changes.error)) changes.error = plainError(changes.error);
  // Members of the state; of the session its data are sent.
  post({ state: changes as Changes });
}

/** An answer or a notice. */
interface Message extends Notice {
  id?: number | null;
  result?: unknown;
  error?: ErrorData;
}

/** The one door out. */
const post = (message: Message, transfer: Transferable[] = []) => {
  // With the same members.
  const without = withoutTokens(message) as Message;
  // What was masked is a copy.
  postMessage(without, transfer.filter((buffer) => isData(without.result) && buffer === without.result.body));
};

/** A copy in which the tokens stand nowhere, whatever the server repeats of them. */
function withoutTokens(value: unknown): unknown {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map(withoutTokens);
  if (value instanceof ArrayBuffer) return maskBytes(value);
  if (!isData(value)) return value;
  return Object.fromEntries(Object.entries(value).map((entry) => entry.map(withoutTokens)));
}

/** Bytes of a body that is text: one that repeats no token is passed on as it is. */
function maskBytes(buffer: ArrayBuffer): ArrayBuffer {
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(buffer);
  } catch {
    return buffer;
  }
  const without = mask(text);
  return without === text ? buffer : new TextEncoder().encode(without).buffer;
}

/** An error as data: what it was caused by stays here. */
const described = async (error: unknown) =>
  plainError(SmartError.is(error) ? error : await smartError({ code: 'internal' }));

const plainError = ({ name, message, ...members }: SmartError): ErrorData => ({ ...members, message });
