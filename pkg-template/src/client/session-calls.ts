// The calls that a sign-in has no need of: what is done with a session, above all.

export const SESSION_CALLS = [
  'fetch',
  'request',
  'getAccessToken',
  'refresh',
  'userInfo',
  'introspect',
  'completeLogout',
  'frontChannelLogout',
  'discover',
] as const;

export type SessionCall = (typeof SESSION_CALLS)[number];
