/**
 * User actions in the sandbox, for the tests of apps. They only need the sandbox's URLs, so the sandbox may run in another process.
 */

/**
 * Signs in without a browser: goes through the sandbox's pages, if there are any, and returns the URL that the browser
 * would be redirected to. Responses by `form_post` need a browser.
 *
 * @param request a URL, or the result of smart-launch's `authorize({ navigate: false })`
 * @throws {Error} with the text of the error page, if the sandbox shows one instead of a redirect
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
 * Signs in on a Playwright page that shows the sandbox's pages or is about to show them, up to the click that redirects back to
 * the app.
 * An EHR launch shows no pages, so it does not need this function.
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
 * Opens an app from a patient's chart, without a browser: returns its launch URL with `iss` and a `launch` that works
 * once, for five minutes.
 *
 * @example
 * import { launchFromEhr } from 'smart-launch-sandbox/user';
 *
 * const url = await launchFromEhr({ ehrUrl: 'http://localhost:4400/ehr', clientId: 'growth-chart', patient: 'walter-nowak' });
 */
export function launchFromEhr(chart: Chart): Promise<string>;

/** The user's choices on the pages. */
export interface Choices {
  /** The id of the user who signs in. Default `amara-okafor`. */
  user?: UserId;
  /** The patient that a clinician chooses if the app requests one. Default `maria-alvarez`. */
  patient?: PatientId;
  /** Scopes whose checkboxes are cleared. */
  without?: readonly string[];
  /** Denies access instead: the response is `access_denied`. */
  deny?: boolean;
}

export interface Chart {
  /** EHR URL of the sandbox. */
  ehrUrl: string;
  /** Client id of an app that has a `launchUrl`. */
  clientId: string;
  /** Default `maria-alvarez`. */
  patient?: PatientId;
  /** The launch intent for the app. */
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

/** The members of a Playwright `Page` that are used. */
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
