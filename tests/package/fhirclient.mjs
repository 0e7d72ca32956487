// An app with two pages, launch.html and index.html, like most apps with the npm package `fhirclient`.

import { startEhr } from './ehr.mjs';
import { callbackOf } from './sign-in.mjs';
import { openTab } from './tab.mjs';

export const APP = 'https://app.example/growth/';
export const LAUNCH = `${APP}launch.html`;
export const OPTIONS = {
  clientId: 'growth-chart',
  scope: 'launch/patient patient/*.rs offline_access',
  redirectUri: 'index.html',
};

/**
 * The URL by which an EHR opens the app.
 *
 * @param {string} iss
 */
export const launchUrl = (iss, launch = 'handle') => `${LAUNCH}?${new URLSearchParams({ iss, launch })}`;

/**
 * Starts a sign-in on a page. Returns the result of authorize(), or the URL to which the page navigates.
 *
 * @param {import('./tab.mjs').OpenPage} page
 * @param {AuthorizeParams} options
 * @returns {Promise<string | void>}
 *
 * @typedef {Parameters<typeof import('smart-launch/fhirclient').oauth2.authorize>[0]} AuthorizeParams
 */
export const authorize = ({ oauth2, left }, options) => Promise.race([oauth2.authorize(options), left]);

/**
 * @param {import('node:test').TestContext} test
 * @param {object} [ehrOptions]
 */
export async function openApp(test, ehrOptions) {
  const ehr = await startEhr(test, ehrOptions);
  const tab = openTab(test);
  /** @param {string} url @param {object} [globals] */
  const open = (url, globals) => tab.open(url, { also: ['fhirclient'], globals });
  const app = {
    ehr,
    tab,
    open,
    /**
     * Opens a page and starts a sign-in there. Returns the authorization URL and its parameters.
     *
     * @param {AuthorizeParams} options
     */
    async startSignIn(options, url = LAUNCH) {
      const authorizationUrl = String(await authorize(await open(url), options));
      return { url: authorizationUrl, fields: Object.fromEntries(new URL(authorizationUrl).searchParams) };
    },
    /** Starts a sign-in on one page, and completes it on another. */
    async signIn(options = { ...OPTIONS, iss: ehr.fhirBaseUrl }, url = LAUNCH) {
      const { url: authorizationUrl } = await app.startSignIn(options, url);
      const page = await open(callbackOf({ method: 'GET', url: authorizationUrl }));
      return { page, client: await page.oauth2.ready() };
    },
  };
  return app;
}
