// `oauth2.settings` of `fhirclient`, and the check that refuses values that this library does not support.

import { refusal } from './refusal.js';

export interface BrowserFHIRSettings {
  replaceBrowserHistory?: boolean | undefined;
  fullSessionStorageSupport?: boolean | undefined;
  refreshTokenWithCredentials?: 'omit' | 'same-origin' | 'include' | undefined;
  refreshTokenWithClientId?: boolean | undefined;
}

/**
 * The current settings, which apps change.
 *
 * @internal
 */
export const settings: BrowserFHIRSettings = {
  replaceBrowserHistory: true,
  fullSessionStorageSupport: true,
  refreshTokenWithCredentials: 'omit',
  refreshTokenWithClientId: true,
};

const REFUSED: { readonly [Name in keyof BrowserFHIRSettings]: readonly [value: unknown, hint: string] } = {
  replaceBrowserHistory: [false, 'The code is always removed from the URL. Put parameters of the app into `redirectUri`.'],
  fullSessionStorageSupport: [false, 'Remove it: each sign-in is stored under its `state`.'],
  refreshTokenWithCredentials: ['include', 'Remove it: the token endpoint is asked without cookies.'],
};

/**
 * @throws {SmartError} `config_invalid`
 * @internal
 */
export function checkSettings(): void {
  for (const [name, [value, hint]] of Object.entries(REFUSED)) {
    // The names in `REFUSED` are names of settings.
    if (settings[name as keyof BrowserFHIRSettings] === value) throw refusal(`\`settings.${name}\` cannot be ${JSON.stringify(value)}`, hint);
  }
}
