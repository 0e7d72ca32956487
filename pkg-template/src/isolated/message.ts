// @ts-nocheck
// What the worker takes from the page: calls by their names, with the members that are known and no others. Whoever runs
// script in the page can send it anything.

import { SIGN_IN } from '../page/pending-sign-ins.js';

/**
 * @param {unknown} message `{id, call, input}`
 * @returns {{ call: string, input: object } | undefined} nothing for what the library does not send
 */
export function callOf(message) {
  if (!isData(message) || !Object.keys(message).every((name) => ['id', 'call', 'input'].includes(name)))
    return undefined;
  const { id, call, input } = message;
  const known = isNumber(id) && typeof call === 'string' && Object.hasOwn(CALLS, call);
  return known && CALLS[call](input) ? { call, input } : undefined;
}

/** Numbers of calls. */
export const isNumber = (value) => Number.isSafeInteger(value);

/** A plain object: what arrives by postMessage has no prototype of anybody else's. */
export const isData = (value) =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

const isText = (value) => typeof value === 'string';
const isUrl = (value) => isText(value) && /^https?:/.test(value);
const isHeader = (value) => Array.isArray(value) && value.length === 2 && value.every(isText);
const isRecord = ([key, text]) => key.startsWith(SIGN_IN) && isText(text);

const optional = (is) => (value) => value === undefined || is(value);
const members = (shape) => (value) =>
  isData(value) &&
  Object.keys(value).every((name) => Object.hasOwn(shape, name)) &&
  Object.entries(shape).every(([name, is]) => is(value[name]));

const isClients = (value) => Array.isArray(value) && value.every(isData);
const isPosted = members({ url: isText, body: isText });

/** Of options, `createSmartClient` and its calls say what is in them. */
const CALLS = {
  configure: members({
    options: isData,
    records: (value) => isData(value) && Object.entries(value).every(isRecord),
    url: isUrl,
  }),
  ping: members({}),
  abort: members({ of: isNumber }),
  ready: members({ url: isUrl, callback: optional((value) => isText(value) || isPosted(value)), others: optional(isClients) }),
  authorize: members({ url: isUrl, options: isData, others: isClients }),
  fetch: members({
    url: isText,
    method: optional(isText),
    headers: (value) => Array.isArray(value) && value.every(isHeader),
    body: optional((value) => value instanceof ArrayBuffer),
    replay: optional((value) => typeof value === 'boolean'),
  }),
  refresh: members({}),
  userInfo: members({}),
  introspect: members({ options: isData }),
  logout: members({ options: isData }),
  discover: members({ fhirBaseUrl: optional(isText) }),
};
