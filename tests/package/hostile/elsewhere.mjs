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
  H165: { locks: ['${what} ${where}: who gives up lets nobody in'] },
  H166: { locks: ['lease that is ${what} is taken at once'] },
  H167: { renewal: ['tokens of an answer that cannot be used are revoked where the user has signed out'] },
  H168: { growth: ['with ${MANY} servers a call of the FHIR API costs as much as with one'] },
  H169: { arrivals: ['link of two megabytes is refused without being read'] },
  H170: { platform: ["sends what the platform's fetch sends: ${what}"] },
  H171: { platform: ['refused before anything is sent: ${what}'] },
  H172: { platform: ['query is sent encoded, whatever is in it', 'path and host with the same are origin_not_allowed'] },
  H173: {
    'given-up': [
      '${name}: given up before it begins, and nothing is sent',
      '${name}: given up while the library is loaded',
      '${name}: given up while the token is renewed, and while another call renews it; the new one is kept',
      '${name}: given up while the answer is awaited',
    ],
  },
  H174: {
    rejections: ['the page of an isolated client gets no token in any encoding'],
    secrets: ['errors show none, whatever goes wrong with what'],
  },
  H175: { answers: ['words of the server keep their letters and lose what nobody sees'] },
  H176: {
    answers: [
      'answer with an error is a refusal, whatever else it has',
      'charset of JSON has no effect, and what is not in UTF-8 is not read',
    ],
  },
  H177: { answers: ['id is opaque: an odd one is a warning, one that leaves its segment of a path is refused'] },
  H178: {
    answers: ['what comes has the type it is declared with, or is left out', 'metadata of other types is left out'],
  },
  H179: {
    answers: ['key that is there twice is one; each key of a kid is tried', 'key that anybody can sign with is refused'],
  },
  H180: { answers: ['what is no smart-configuration says that the base is wrong'] },
  H181: {
    arrivals: [
      'callback at ${what}: signed in',
      'callback at ${what}: refused, the address clean, the sign-in still pending',
      'ready({ callback }) takes ${what}',
    ],
  },
  H182: { arrivals: ['callback at ${what}: signed in', 'page without an address of its own: no raw exception'] },
  H183: { arrivals: ['returnTo is given once, and stays where the user is afterwards'] },
  H184: {
    'page-session': ['messages of every JSON type on the channel are ignored'],
    'tab-storage': [
      'record whose ${name} is of another type is dropped, without a raw error',
      'record of a newer version of the library is left alone, and not used',
    ],
    'isolated-forged': ['${what}: internal, nothing is sent, and the session goes on'],
  },
};
