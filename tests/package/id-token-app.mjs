// An app that requests `openid`, at a server that issues ID tokens.

import { createSmartClient } from 'smart-launch';
import { SCOPE_OPENID, startEhr } from './ehr.mjs';
import { signIn } from './sign-in.mjs';

/**
 * @param {import('node:test').TestContext} test
 * @param {{ configuration?: object, options?: object }} [more] of the server, of the client
 */
export async function appWithIdToken(test, { configuration, options } = {}) {
  const ehr = await startEhr(test, { configuration, tokens: { scope: SCOPE_OPENID }, idToken: {} });
  const client = createSmartClient(ehr.options({ scope: SCOPE_OPENID, ...options }));
  const keyRequests = () => ehr.requestsTo('/jwks').length;
  /**
   * Signs in; the token response has the ID token that `token` returns, and other members.
   *
   * @param {() => string} token
   * @param {object} [members]
   */
  const signInWith = (token, members = {}) => {
    ehr.grant(() => ({ ...members, id_token: token() }));
    return signIn(client);
  };
  /**
   * The same with changed claims.
   *
   * @param {object} changes
   * @param {object} [members]
   */
  const claiming = (changes, members) => signInWith(() => ehr.idToken(changes), members);
  /**
   * The same with another key.
   *
   * @param {import('./signer.mjs').Key} key
   * @param {object} [header]
   */
  const signedBy = (key, header) => signInWith(() => ehr.idToken({}, { key, header }));
  return { ehr, client, keyRequests, signInWith, claiming, signedBy };
}

/** Without `jwks_uri` in the smart-configuration the keys are not requested early. */
export const NO_EARLY_KEYS = { configuration: { jwks_uri: undefined } };

/**
 * The error of a refused ID token, and the refused claim.
 *
 * @param {string} name
 */
export const refusedFor = (name) => ({
  code: 'id_token_invalid',
  message: `\`${name}\` of the ID token cannot be accepted`,
});

/**
 * A server whose keys are cached, because an ID token was accepted before.
 *
 * @param {import('node:test').TestContext} test
 * @param {Parameters<typeof appWithIdToken>[1]} [more]
 */
export async function appWithCachedKeys(test, more) {
  const page = await appWithIdToken(test, more);
  await signIn(page.client);
  return page;
}
