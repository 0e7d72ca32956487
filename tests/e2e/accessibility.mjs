// Checks that a page is accessible, by axe, and fits on a phone.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { SMART_LAUNCH_TOOLS, SMART_LAUNCH_SCREENSHOTS } = process.env;
const axe = readFileSync(createRequire(`${SMART_LAUNCH_TOOLS}/`).resolve('axe-core/axe.min.js'), 'utf8');

/** Options of a browser context: a phone's screen, and no Content-Security-Policy, because the pages' policy forbids axe. */
export const ON_A_PHONE = { viewport: { width: 360, height: 740 }, bypassCSP: true };

/** @param {import('playwright-core').Page} page @param {string} name of the screenshot */
export async function checkPage(page, name) {
  if (SMART_LAUNCH_SCREENSHOTS) await page.screenshot({ path: `${SMART_LAUNCH_SCREENSHOTS}/${name}.png`, fullPage: true });
  await page.evaluate(axe);
  /** @type {{ violations: { id: string, nodes: { html: string }[] }[] }} */
  // The script above has defined `axe` in the page.
  const report = await page.evaluate(() => /** @type {any} */ (globalThis).axe.run());
  assert.deepEqual(report.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], name);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than the phone`);
}
