// The worker that has the session: a client as in a page, called by messages from the page. It returns the results of the calls
// without tokens.

import { installPageStandIn, setOtherClients, setPageUrl } from './page-stand-in.js';
import { smartError } from '../error/create-error.js';
import { SmartError } from '../error/smart-error.js';
import { missingResponse } from '../session/request-errors.js';
import { createMask } from '../values/mask.js';
import { callOf, isData, isNumber } from './message.js';
import type { SmartClientOptions } from '../client/options.js';
import type { SmartClient } from '../client/smart-client.js';
import type { SmartFetchInit } from '../session/fhir-request-options.js';
import type { Changes, Data, ErrorData, Inputs, Notice, Results } from './message.js';

/** `postMessage` of a worker; that of a window has another second parameter. */
declare function postMessage(message: unknown, transfer: Transferable[]): void;

const EVENTS = ['signedIn', 'refreshed', 'scopeChanged', 'expiring', 'signedOut', 'error', 'request'] as const;
const TOKENS = ['access_token', 'refresh_token', 'id_token'] as const;
/** Fields of a request that are not secret, or that the page knows anyway. */
const PUBLIC_FIELDS = ['client_id', 'grant_type', 'redirect_uri', 'scope', 'token_type_hint', 'code', 'code_verifier'];
/** Maximum number of secrets to mask: the tokens of this session and of earlier ones, and recently sent values. */
const MAX_SECRETS = 16;

let createClient: (options: SmartClientOptions) => SmartClient;
let client: SmartClient;
/** Origin of the page that configured this worker. */
let origin: string | undefined;
/** Aborts running calls, by the number of the call. */
const running = new Map<unknown, AbortController>();
/** The state that was last sent to the page. */
const sentState: Data = {};
/** Values to mask, the latest first; see {@link MAX_SECRETS}. */
let secrets: string[] = [];
let mask = (text: string): string => text;

const { fetch: send } = globalThis;
// Each secret that is sent is masked from then on, because the server may repeat it in its response before the state has it.
globalThis.fetch = (input, init) => {
  const sentSecrets = new Headers(init?.headers).get('authorization')?.split(' ').slice(1) ?? [];
  if (new Headers(init?.headers).get('content-type') === 'application/x-www-form-urlencoded' && typeof init?.body === 'string') {
    for (const [name, value] of new URLSearchParams(init.body)) if (!PUBLIC_FIELDS.includes(name)) sentSecrets.push(value);
  }
  addSecrets(sentSecrets);
  return send(input, init);
};

function addSecrets(candidates: readonly (string | undefined)[]) {
  const newSecrets = candidates.filter((secret): secret is string => Boolean(secret && !secrets.includes(secret)));
  if (newSecrets.length === 0) return;
  secrets = [...newSecrets, ...secrets].slice(0, MAX_SECRETS);
  mask = createMask(secrets);
}

/** Handles the messages of the page, with a client that this function creates. */
export function serveCalls(create: typeof createClient): void {
  createClient = create;
  addEventListener('message', async ({ data }) => {
    const id = isNumber(data?.id) ? data.id : null;
    try {
      const { result, transfer } = await handleMessage(id, data);
      post({ id, result }, transfer);
    } catch (error) {
      post({ id, error: await errorDataOf(error) });
    }
  });
}

async function handleMessage(id: number | null, data: unknown): Promise<CallResult<unknown>> {
  const message = callOf(data);
  // `configure` is accepted once, and all other calls only after it.
  if (!message || (message.call === 'configure') === Boolean(client)) throw await refusal();
  const { call, input } = message;
  if (call !== 'fetch' && 'url' in input) {
    if (origin && new URL(input.url).origin !== origin) throw await refusal();
    setPageUrl(input.url);
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

const refusal = () => smartError({ code: 'internal', about: 'the worker does not accept this message' });

interface CallResult<Result> {
  result?: Result;
  transfer?: Transferable[];
}

const CALLS: {
  [Name in keyof Inputs]: (
    input: Inputs[Name],
    signal: AbortSignal,
  ) => CallResult<Results[Name]> | Promise<CallResult<Results[Name]>>;
} = {
  configure({ options, records, url }) {
    origin = new URL(url).origin;
    installPageStandIn(records, (record, text) => post({ record, text }));
    // The client reports invalid options.
    client = createClient({ ...(options as unknown as SmartClientOptions), storage: 'memory' });
    client.subscribe((event) => event ?? queueMicrotask(sendState));
    for (const event of EVENTS) {
      client.on(event, (detail) => sendState({ event, detail: SmartError.is(detail) ? plainError(detail) : detail }));
    }
    return {};
  },
  ping: () => ({}),
  abort({ of }) {
    running.get(of)?.abort();
    return {};
  },
  async ready({ callback, others = [] }) {
    setOtherClients(others);
    return { result: (await client.ready({ callback })) !== null };
  },
  // The page navigates; a worker cannot.
  async authorize({ options, others }) {
    setOtherClients(others);
    return { result: await client.authorize({ ...options, navigate: false, target: undefined }) };
  },
  async fetch({ url, headers, ...init }, signal) {
    const permitted = new Headers(headers);
    permitted.delete('authorization');
    // A member that is `undefined` has the same effect as a missing one.
    const response = await client.fetch(url, { ...init, headers: permitted, signal } as SmartFetchInit);
    const body = await response.arrayBuffer().catch(async (cause) => {
      throw await smartError(missingResponse(cause, { signal }));
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
    const { logoutUrl, error, ...outcome } = await client.logout(options);
    // The ID token is a token, so it stays here. The server then asks the user to confirm, and identifies the app by `client_id`.
    const url = logoutUrl && logoutUrl.replace(/id_token_hint=[^&]*&?/, '');
    return { result: { ...outcome, logoutUrl: url, error: error && (await errorDataOf(error)) } };
  },
  discover: async ({ fhirBaseUrl }) => ({ result: await client.discover(fhirBaseUrl) }),
};

/**
 * Sends changes of the state to the page, with the event that follows them: a session of another sign-in comes with `signedIn`,
 * so that the page always knows to which sign-in its session belongs.
 */
function sendState(event?: Pick<Notice, 'event' | 'detail'>) {
  const state = client.getState();
  const { tokenResponse } = state.session ?? {};
  if (tokenResponse && state.session !== sentState.session) {
    addSecrets(TOKENS.map((name) => tokenResponse[name]));
  }
  const changes: Data = Object.fromEntries(Object.entries(state).filter(([name, value]) => value !== sentState[name]));
  Object.assign(sentState, changes);
  if (SmartError.is(changes.error)) changes.error = plainError(changes.error);
  // `changes` are members of the state. The functions of the session are not sent.
  if (Object.keys(changes).length > 0) post({ state: changes as Changes, ...event });
  else if (event) post(event);
}

/** The result of a call, or a notice. */
interface Message extends Notice {
  id?: number | null;
  result?: unknown;
  error?: ErrorData;
}

/** Sends a message to the page. Every message is sent by this function. */
const post = (message: Message, transfer: Transferable[] = []) => {
  // A copy with the same members.
  const maskedMessage = withoutTokens(message) as Message;
  // A body that was masked is a copy and cannot be transferred.
  postMessage(maskedMessage, transfer.filter((buffer) => isData(maskedMessage.result) && buffer === maskedMessage.result.body));
};

/** A copy in which tokens are masked, also those that a server has repeated. */
function withoutTokens(value: unknown): unknown {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map(withoutTokens);
  if (value instanceof ArrayBuffer) return maskBytes(value);
  if (!isData(value)) return value;
  return Object.fromEntries(Object.entries(value).map((entry) => entry.map(withoutTokens)));
}

/** Masks tokens in a body. A body without tokens, or one that is not UTF-8 text, is returned unchanged. */
function maskBytes(buffer: ArrayBuffer): ArrayBuffer {
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(buffer);
  } catch {
    return buffer;
  }
  const maskedText = mask(text);
  return maskedText === text ? buffer : new TextEncoder().encode(maskedText).buffer;
}

/** An error as data, without its `cause`. */
const errorDataOf = async (error: unknown) =>
  plainError(SmartError.is(error) ? error : await smartError({ code: 'internal' }));

const plainError = ({ name, message, ...members }: SmartError): ErrorData => ({ ...members, message });
