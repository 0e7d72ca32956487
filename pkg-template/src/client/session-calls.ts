// The names of the calls of a client that session/calls.ts implements; a sign-in does not need them.

export const SESSION_CALLS = [
  'fetch',
  'request',
  'getAccessToken',
  'refresh',
  'pages',
  'create',
  'update',
  'patch',
  'delete',
  'userInfo',
  'introspect',
  'completeLogout',
  'frontChannelLogout',
  'discover',
] as const;

export type SessionCall = (typeof SESSION_CALLS)[number];

/** The calls that only clients of some entries of the package have. */
export type AdditionalCall = 'createProof' | 'endSession';
