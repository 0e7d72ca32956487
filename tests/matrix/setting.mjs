// The setup that `cargo xtask matrix` prepared.

import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { SMART_LAUNCH_MATRIX: json } = process.env;
if (!json) throw new Error('run this by `cargo xtask matrix`');

/**
 * @type {{
 *   tarball: string,
 *   demo: string,
 *   place: string,
 *   tools: Record<'bundlers' | 'create-react-app' | 'next' | 'servers' | 'test-runners' | 'runtimes' | 'webpack-4', string>,
 *   browsers: Record<'chromium' | 'firefox', { program: string, driver: string }>
 *     & { webkit?: { program: string, driver: string, xvfb: string } },
 * }}
 */
export const setting = JSON.parse(json);

/** @typedef {keyof typeof setting['tools']} Tools */

/**
 * A module of the sandbox, as installed for the demo.
 *
 * @param {string} path
 */
export const fromSandbox = (path) => import(pathToFileURL(join(setting.demo, 'sandbox', path)).href);

/**
 * The directory of this checkout's apps, below a directory of tools that all checkouts share.
 *
 * @param {Tools} tools
 */
export const appsDirectory = (tools) => join(setting.tools[tools], basename(dirname(setting.place)));

/**
 * A program of a package among the tools.
 *
 * @param {Tools} tools
 * @param {string} name
 */
export const program = (tools, name) => join(setting.tools[tools], 'node_modules/.bin', name);

/**
 * The program of this major version of Node, which is installed as an npm package.
 *
 * @param {number} major
 */
export const nodeProgram = (major) => join(setting.tools.runtimes, `node_modules/node-${major}/bin/node`);

/**
 * The version of a package among the tools.
 *
 * @param {Tools} tools
 * @param {string} name
 * @returns {string}
 */
export const versionOf = (tools, name) =>
  JSON.parse(readFileSync(join(setting.tools[tools], 'node_modules', name, 'package.json'), 'utf8')).version.replace('v', '');
