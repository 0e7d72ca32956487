// The browsers and their drivers.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { FLAGS } from '../chromium-flags.mjs';
import { setting } from './setting.mjs';

const { chromium, firefox, webkit = { program: '', driver: '', xvfb: '' } } = setting.browsers;

/**
 * @typedef {object} Driver
 * @property {(port: number) => string[]} command
 * @property {object} capabilities
 * @property {(test: import('./run-environment.mjs').Test) => Record<string, string> | Promise<Record<string, string>>} environment
 */

/**
 * How each browser is started: the driver's command, the capabilities to request, and the environment variables.
 *
 * @satisfies {Record<string, Driver>}
 */
export const DRIVERS = {
  chromium: {
    command: (port) => [chromium.driver, `--port=${port}`],
    capabilities: { 'goog:chromeOptions': { binary: chromium.program, args: ['--headless', ...FLAGS] } },
    environment: () => ({}),
  },
  firefox: {
    command: (port) => [firefox.driver, '--port', String(port)],
    capabilities: { 'moz:firefoxOptions': { binary: firefox.program, args: ['-headless'] } },
    environment: () => ({}),
  },
  webkit: {
    command: (port) => [webkit.driver, `--port=${port}`],
    capabilities: {},
    environment: async (test) => ({ DISPLAY: await openDisplay(test) }),
  },
};

/**
 * Starts a virtual display, because WebKit cannot run without a display, and returns the display's name.
 *
 * @param {import('./run-environment.mjs').Test} test
 */
async function openDisplay(test) {
  const args = ['-displayfd', '1', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'];
  const server = spawn(webkit.xvfb, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  test.after(() => server.kill());
  const [number] = await once(createInterface({ input: server.stdout }), 'line');
  return `:${number}`;
}
