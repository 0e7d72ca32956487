// @ts-nocheck
// `oauth2.settings`: what apps set there, and whether it is so.

import { refusal } from './refusal.js';

/** What holds. Apps write here. */
export const settings = {
  replaceBrowserHistory: true,
  fullSessionStorageSupport: true,
  refreshTokenWithCredentials: 'omit',
  refreshTokenWithClientId: true,
};

const REFUSED = {
  replaceBrowserHistory: [false, 'The code leaves the URL, always: keep what the app needs in `redirectUri` itself.'],
  fullSessionStorageSupport: [false, 'Remove it: each sign-in is kept by its `state`.'],
  refreshTokenWithCredentials: ['include', 'Remove it: the token endpoint is asked without cookies.'],
};

/** @throws {import('smart-launch').SmartError} `config_invalid` */
export function checkSettings() {
  for (const [name, [value, hint]] of Object.entries(REFUSED)) {
    if (settings[name] === value) throw refusal(`\`settings.${name}\` cannot be ${JSON.stringify(value)}`, hint);
  }
}
