// @ts-nocheck
// How this tab signs in: the page that begins a sign-in knows it, the one that the server sends the user back to does not.
// It holds no secret: tokens and pending sign-ins are kept by the client.

import { SmartError } from '../error/smart-error.js';
import { isLoopback, isSame } from './issuer.js';

/**
 * @typedef {object} Configuration
 * @property {string} fhirBaseUrl
 * @property {string} clientId
 * @property {string} scope
 * @property {string} redirectUri
 * @property {string} [authorizeUri] endpoints of the server, for apps to see
 * @property {string} [tokenUri]
 * @property {string} [registrationUri]
 * @property {boolean} [signedIn] whether the sign-in that began last came back
 */

const KEY = 'smart-launch:fhirclient';

/** @returns {Configuration[]} the one that was begun last first */
export function configurations() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

/**
 * Makes a configuration the first, and that of its server.
 *
 * @param {Configuration} configuration
 * @throws {SmartError} `storage_unavailable`
 */
export function remember(configuration) {
  const others = configurations().filter(({ fhirBaseUrl }) => !isSame(fhirBaseUrl, configuration.fhirBaseUrl));
  try {
    sessionStorage.setItem(KEY, JSON.stringify([configuration, ...others]));
  } catch (cause) {
    const message = '`sessionStorage` does not take what the next page has to know';
    throw new SmartError({ code: 'storage_unavailable', message, hint: 'Use `createSmartClient`.', fault: 'browser' }, cause);
  }
}

/** Nobody is signed in, and no sign-in comes back. */
export function forget() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
}

/** Whether a session came of a configuration. */
export const isOf = ({ fhirBaseUrl, clientId }, session) =>
  fhirBaseUrl === session.serverUrl && clientId === session.clientId;

/** Options of a client for these. */
export const optionsOf = (list) => ({
  servers: list.map(({ fhirBaseUrl, clientId, scope, redirectUri }) => ({ fhirBaseUrl, clientId, scope, redirectUri })),
  // Who names a server on this machine means it.
  allowInsecureLoopback: list.some(({ fhirBaseUrl }) => isLoopback(fhirBaseUrl)),
});
