/**
 * What people do at the sandbox, for the tests of apps: in this process or another, by its addresses alone.
 */

/**
 * Signs in without a browser: goes through the sandbox's pages, if there are any, and gives the URL that the browser is sent
 * back to. Answers by `form_post` need a browser.
 *
 * @param request a URL, or what `authorize({ navigate: false })` of smart-launch gives
 * @throws {Error} with the words of the page that the sandbox shows in place of an answer
 * @example
 * import { createSmartClient } from 'smart-launch';
 * import { signIn } from 'smart-launch-sandbox/user';
 *
 * const smart = createSmartClient({
 *   fhirBaseUrl: 'http://localhost:4400/fhir',
 *   clientId: 'smart-launch-demo',
 *   scope: 'launch/patient patient/*.rs',
 *   redirectUri: 'http://localhost:4401/',
 *   storage: 'memory',
 *   allowInsecureLoopback: true,
 * });
 * const callback = await signIn(await smart.authorize({ navigate: false }), { patient: 'noah-adeyemi' });
 * const session = await smart.ready({ callback });
 */
export function signIn(request: string | URL | AuthorizationRequest, choices?: Choices): Promise<string>;

/**
 * Signs in on a page of Playwright that stands at the sandbox or is on its way there: up to the click that sends it back to
 * the app. An EHR launch shows no pages, so there is nothing to do then.
 *
 * @example
 * import { test } from '@playwright/test';
 * import { signInOn } from 'smart-launch-sandbox/user';
 *
 * test('a clinician signs in', async ({ page }) => {
 *   await page.goto('/');
 *   await signInOn(page, { user: 'samuel-reyes', patient: 'zoe-nguyen-mueller' });
 * });
 */
export function signInOn(page: PlaywrightPage, choices?: Choices): Promise<void>;

/**
 * Opens an app from a patient's chart, without a browser: gives its launch URL with `iss` and a `launch` that is good once,
 * for five minutes.
 *
 * @example
 * import { launchFromEhr } from 'smart-launch-sandbox/user';
 *
 * const url = await launchFromEhr({ ehrUrl: 'http://localhost:4400/ehr', clientId: 'growth-chart', patient: 'walter-nowak' });
 */
export function launchFromEhr(chart: Chart): Promise<string>;

/** What the user chooses on the pages. */
export interface Choices {
  /** Who signs in. Default `amara-okafor`. */
  user?: UserId;
  /** The patient whom a clinician chooses, where the app asks for one. Default `maria-alvarez`. */
  patient?: PatientId;
  /** Scopes whose boxes are cleared. */
  without?: readonly string[];
  /** Refuses instead: the answer is `access_denied`. */
  deny?: boolean;
}

export interface Chart {
  /** Of the sandbox. */
  ehrUrl: string;
  /** Of an app that has a `launchUrl`. */
  clientId: string;
  /** Default `maria-alvarez`. */
  patient?: PatientId;
  /** What the app shall do. */
  intent?: 'reconcile-medications' | 'review-results';
}

/** Clinicians, and two patients who see their own records. */
export type UserId = 'amara-okafor' | 'samuel-reyes' | 'maria-alvarez' | 'zoe-nguyen-mueller';

export type PatientId =
  | 'maria-alvarez'
  | 'noah-adeyemi'
  | 'hannah-berg'
  | 'walter-nowak'
  | 'kenji-watanabe'
  | 'zoe-nguyen-mueller';

export type AuthorizationRequest =
  | { readonly method: 'GET'; readonly url: string }
  | { readonly method: 'POST'; readonly action: string; readonly fields: ReadonlyArray<readonly [string, string]> };

/** What is used of a `Page` of Playwright. */
export interface PlaywrightPage {
  locator(selector: string): PlaywrightLocator;
}

export interface PlaywrightLocator {
  first(): PlaywrightLocator;
  click(): Promise<void>;
  uncheck(): Promise<void>;
  waitFor(): Promise<void>;
  isVisible(): Promise<boolean>;
}
