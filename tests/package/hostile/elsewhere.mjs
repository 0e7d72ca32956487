// Rows that tests of their own meet: the file, and the tests in it.

export const ELSEWHERE = {
  H145: { seam: ['every effect may call the client again: outcomes and requests are the same'] },
  H146: {
    seam: [
      'an effect that ${what} ends the flow with a typed error, and nobody is signed out',
      '${name} that fails: a typed error or what is documented, and nobody is signed out',
    ],
    kept: ['${name} ${what} at any point of a refresh: no token is sent twice, and nobody is signed out'],
  },
  H147: { seam: ['a module of another part of the package, or of another version, is refused before its first job'] },
  H148: {
    servers: [
      'issuer that one of several servers states is proven by that issuer, or the sign-in does not leave',
      'servers that share a redirect URI must say whose their answers are (RFC 9207)',
    ],
  },
  H149: { servers: ['posted answer goes with its place, or is refused where there are several servers'] },
  H150: { servers: ['issuer that one of several servers states is proven by that issuer, or the sign-in does not leave'] },
  H151: { servers: ['clients of one page that share a redirect URI do not sign in at servers without iss'] },
  H152: { servers: ['sign-in and session of another issuer than the options name are left alone'] },
  H153: { servers: ['network that fails is told, and no other document is taken'] },
  H154: {
    'page-session': ['${storage}: two frames of one tab keep their own patients, through reload, navigation and refresh'],
  },
  H155: {
    'page-session': ['${storage}: signed in for alice, launch for bob ${outcome}: nobody is signed in, reload included'],
  },
  H156: { 'page-session': ['${what}: ${call}() says so, and the state and the event with it'] },
  H157: { renewal: ['${what}: refused while the token is good, and the end when it has expired, also after a reload'] },
  H158: { renewal: ['${what}: the token is used until it ends'] },
  H159: {
    'identity-refresh': ['token of another ends the session: identity_changed (${JSON.stringify(changes)})'],
  },
  H160: { 'page-session': ['authorize() begins anew where the page was not left, and twice at once is once'] },
  H161: { renewal: ['refresh answered and refused by us, any number of times: never in doubt'] },
  H162: {
    'tab-storage': ['tab restored from an older copy is renewed where the server does not replace refresh tokens'],
  },
  H163: {
    'identity-refresh': [
      'ID token of a refresh without audience and nonce is accepted with a warning, and refused under strict',
    ],
  },
  H164: { renewal: ['server that is down gets one request of twenty callers, further apart each time (${storage})'] },
};
