// The messages between the page and the worker. The worker accepts calls by name, with known members only, because any script
// in the page can send it anything.

import { SIGN_IN } from '../page/pending-sign-ins.js';
import type { SmartError } from '../error/smart-error.js';
import type { AuthorizationRequest } from '../page/authorization-request.js';
import type { LogoutResult } from '../session/logout.js';
import type { IsolatedSmartClient } from './isolated-client.js';
import type { IsolatedSession } from './isolated-session.js';
import type { IsolatedEvents, IsolatedState } from './isolated-state.js';

/** The parameters of each call. */
export interface Inputs {
  configure: { options: Data; records: Record<string, string>; url: string };
  ping: object;
  abort: { of: number };
  ready: { url: string; callback?: string | { url: string; body: string } | undefined; others?: Data[] | undefined };
  authorize: { url: string; options: Data; others: Data[] };
  fetch: {
    url: string;
    method?: string | undefined;
    headers: [string, string][];
    body?: ArrayBuffer | undefined;
    replay?: boolean | undefined;
  };
  refresh: object;
  userInfo: object;
  introspect: { options: Data };
  logout: { options: Data };
  discover: { fhirBaseUrl?: string | undefined };
}

/** The result of each call. */
export interface Results {
  configure: undefined;
  ping: undefined;
  abort: undefined;
  /** Whether there is a session. */
  ready: boolean;
  authorize: AuthorizationRequest;
  fetch: { url: string; status: number; statusText: string; headers: [string, string][]; body: ArrayBuffer };
  refresh: undefined;
  userInfo: Awaited<ReturnType<IsolatedSmartClient['userInfo']>>;
  introspect: Awaited<ReturnType<IsolatedSmartClient['introspect']>>;
  logout: Omit<LogoutResult, 'error'> & { error: ErrorData | null };
  discover: Awaited<ReturnType<IsolatedSmartClient['discover']>>;
}

/** An error as data. */
export type ErrorData = ConstructorParameters<typeof SmartError>[0];

/** The session as data. */
export type SessionData = Omit<IsolatedSession, 'can'>;

/** Changes of the state. */
export type Changes<Session = SessionData, Failure = ErrorData> = {
  status?: IsolatedState['status'];
  session?: Session | null;
  error?: Failure | null;
  activity?: IsolatedState['activity'];
};

/** Messages of the worker that are not the result of a call: a record to store, changes of the state, or an event. */
export interface Notice {
  record?: string;
  /** `null`: the record is removed. */
  text?: string | null;
  state?: Changes;
  event?: keyof IsolatedEvents;
  detail?: unknown;
}

/** A checked call. */
type Call = { [Name in keyof Inputs]: { call: Name; input: Inputs[Name] } }[keyof Inputs];

/** A plain object with unknown members. */
export type Data = Record<string, unknown>;

type Check<T> = (value: unknown) => value is T;

/**
 * @param message `{id, call, input}`
 * @returns `undefined` for a message that this library does not send
 */
export function callOf(message: unknown): Call | undefined {
  if (!isData(message) || !Object.keys(message).every((name) => ['id', 'call', 'input'].includes(name)))
    return undefined;
  const { id, call, input } = message;
  const isKnownCall = isNumber(id) && typeof call === 'string' && Object.hasOwn(CALLS, call);
  // The name and the input were checked above.
  return isKnownCall && CALLS[call as keyof Inputs](input) ? ({ call, input } as Call) : undefined;
}

/** Whether a value is the number of a call. */
export const isNumber = (value: unknown): value is number => Number.isSafeInteger(value);

/** Whether a value is a plain object. Objects received by postMessage have no foreign prototype. */
export const isData = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

const isText = (value: unknown): value is string => typeof value === 'string';
const isUrl = (value: unknown): value is string => isText(value) && /^https?:/.test(value);
const isHeader = (value: unknown): value is [string, string] => Array.isArray(value) && value.length === 2 && value.every(isText);
const isRecord = ([key, text]: [string, unknown]) => key.startsWith(SIGN_IN) && isText(text);

const optional =
  <T>(is: Check<T>) =>
  (value: unknown): value is T | undefined =>
    value === undefined || is(value);
const members =
  <T extends object>(shape: { [Name in keyof T]-?: Check<T[Name]> }) =>
  (value: unknown): value is T =>
    isData(value) &&
    Object.keys(value).every((name) => Object.hasOwn(shape, name)) &&
    Object.entries<Check<unknown>>(shape).every(([name, is]) => is(value[name]));

const isClients = (value: unknown): value is Data[] => Array.isArray(value) && value.every(isData);
const isPosted = members<{ url: string; body: string }>({ url: isText, body: isText });

/** The check of each call's input. The content of options is checked by `createSmartClient` and its calls. */
const CALLS: { [Name in keyof Inputs]: Check<Inputs[Name]> } = {
  configure: members({
    options: isData,
    records: (value): value is Record<string, string> => isData(value) && Object.entries(value).every(isRecord),
    url: isUrl,
  }),
  ping: members({}),
  abort: members({ of: isNumber }),
  ready: members({
    url: isUrl,
    callback: optional((value): value is Inputs['ready']['callback'] => isText(value) || isPosted(value)),
    others: optional(isClients),
  }),
  authorize: members({ url: isUrl, options: isData, others: isClients }),
  fetch: members({
    url: isText,
    method: optional(isText),
    headers: (value): value is [string, string][] => Array.isArray(value) && value.every(isHeader),
    body: optional((value): value is ArrayBuffer => value instanceof ArrayBuffer),
    replay: optional((value): value is boolean => typeof value === 'boolean'),
  }),
  refresh: members({}),
  userInfo: members({}),
  introspect: members({ options: isData }),
  logout: members({ options: isData }),
  discover: members({ fhirBaseUrl: optional(isText) }),
};
