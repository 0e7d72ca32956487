// An app that requests `openid`, at a server that issues ID tokens.

import { createSmartClient } from 'smart-launch';
import { SCOPE_OPENID, startEhr } from './ehr.mjs';
import { signIn } from './sign-in.mjs';

/**
 * @param {import('node:test').TestContext} test
 * @param {{ configuration?: object, options?: object }} [settings] configuration of the server, options of the client
 */
export async function appWithIdToken(test, { configuration, options } = {}) {
  const ehr = await startEhr(test, { configuration, tokens: { scope: SCOPE_OPENID }, idToken: {} });
  const client = createSmartClient(ehr.options({ scope: SCOPE_OPENID, ...options }));
  const keyRequests = () => ehr.requestsTo('/jwks').length;
  /**
   * Signs in. The token response has the ID token that `token` returns, and `members`.
   *
   * @param {() => string} token
   * @param {object} [members]
   */
  const signInWithToken = (token, members = {}) => {
    ehr.grant(() => ({ ...members, id_token: token() }));
    return signIn(client);
  };
  /**
   * Signs in with an ID token with changed claims.
   *
   * @param {object} changes
   * @param {object} [members]
   */
  const signInWithClaims = (changes, members) => signInWithToken(() => ehr.idToken(changes), members);
  /**
   * Signs in with an ID token that is signed with this key.
   *
   * @param {import('./signer.mjs').Key} key
   * @param {object} [header]
   */
  const signedBy = (key, header) => signInWithToken(() => ehr.idToken({}, { key, header }));
  return { ehr, client, keyRequests, signInWithToken, signInWithClaims, signedBy };
}

/** Settings of a server without `jwks_uri` in the smart-configuration, so that the keys are not requested early. */
export const NO_EARLY_KEYS = { configuration: { jwks_uri: undefined } };

/**
 * The error for an ID token that is refused because of the part with this name.
 *
 * @param {string} name
 */
export const refusedFor = (name) => ({
  code: 'id_token_invalid',
  message: `\`${name}\` of the ID token cannot be accepted`,
});

/**
 * An app that has cached the server's keys, because it has accepted an ID token before.
 *
 * @param {import('node:test').TestContext} test
 * @param {Parameters<typeof appWithIdToken>[1]} [settings]
 */
export async function appWithCachedKeys(test, settings) {
  const app = await appWithIdToken(test, settings);
  await signIn(app.client);
  return app;
}
