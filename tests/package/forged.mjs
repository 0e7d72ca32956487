// Messages to the worker that the library never sends, each under the name of its defect.

const EVIL = 'https://evil.example/';
const PATIENT = { url: 'Patient/zoe', headers: [] };

/** @param {unknown} call @param {unknown} input */
const call = (call, input) => () => ({ id: 1_000, call, input });
/** @param {object} members */
const fetchCall = (members) => call('fetch', { ...PATIENT, ...members });
/**
 * An object that has this member itself, also if `name` is `__proto__`. An assignment would set the prototype instead.
 *
 * @param {string} name
 * @param {unknown} value
 */
const withMember = (name, value) => Object.defineProperty({}, name, { value, enumerable: true });

/** @type {Record<string, (ehr: import('./ehr.mjs').Ehr) => unknown>} */
export const FORGED = {
  'another configuration': (ehr) => ({
    id: 1_000,
    call: 'configure',
    input: {
      options: { ...ehr.options(), endpoints: { authorizationEndpoint: EVIL, tokenEndpoint: EVIL } },
      records: {},
      url: 'https://app.example/',
    },
  }),
  'no message': () => 'refresh',
  'a message without a call': () => ({ id: 1_000 }),
  'a list': () => [1_000, 'refresh', {}],
  'a map': () => new Map([['id', 1_000]]),
  'a call without a number': () => ({ call: 'refresh', input: {} }),
  'a call number as text': () => ({ id: '1', call: 'refresh', input: {} }),
  'another member': () => ({ id: 1_000, call: 'refresh', input: {}, also: EVIL }),
  'an unknown call': call('getAccessToken', {}),
  'a method of every object as a call': call('constructor', {}),
  'a prototype as a call': call('__proto__', {}),
  'a call that is not a string': call(['refresh'], {}),
  'input that is not a request': call('refresh', undefined),
  'input that is a list': call('refresh', []),
  'input for a call that has none': call('refresh', { tokenEndpoint: EVIL }),
  'a prototype as input': call('refresh', withMember('__proto__', { tokenEndpoint: EVIL })),
  'a huge timeout': fetchCall({ timeoutSeconds: 1e9 }),
  'redirects to follow': fetchCall({ redirect: 'follow' }),
  credentials: fetchCall({ credentials: 'include' }),
  'a signal': fetchCall({ signal: {} }),
  'headers that are an object': fetchCall({ headers: { 'x-forwarded-host': 'evil.example' } }),
  'headers that are not strings': fetchCall({ headers: [['x', { toString: 1 }]] }),
  'invalid headers': fetchCall({ headers: [['x y', '1']] }),
  'headers of three parts': fetchCall({ headers: [['x', '1', '2']] }),
  'a body that is text': fetchCall({ body: 'x' }),
  'a method that is not a string': fetchCall({ method: ['GET'] }),
  'a URL that is not a string': call('fetch', { ...PATIENT, url: { href: EVIL } }),
  'a page elsewhere': call('ready', { url: `${EVIL}?code=x&state=y` }),
  'a sign-in for a page elsewhere': call('authorize', { url: EVIL, options: {} }),
  'a page without a path': call('ready', { url: 'javascript:alert(1)' }),
  'a callback that is not a string': call('ready', { url: 'https://app.example/', callback: { body: 'x' } }),
  'options that are a list': call('authorize', { url: 'https://app.example/', options: [] }),
};
