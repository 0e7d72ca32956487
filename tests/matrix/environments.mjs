// All environments, in the order of the table. The environments of a group run one after the other.

import { browsers } from './environments/browsers.mjs';
import { bun } from './environments/bun.mjs';
import { createReactApp } from './environments/create-react-app.mjs';
import { deno } from './environments/deno.mjs';
import { unsupported } from './environments/unsupported.mjs';
import { esbuild } from './environments/esbuild.mjs';
import { jest } from './environments/jest.mjs';
import { next } from './environments/next.mjs';
import { node } from './environments/node.mjs';
import { npm } from './environments/npm.mjs';
import { parcel } from './environments/parcel.mjs';
import { rollup } from './environments/rollup.mjs';
import { rspack } from './environments/rspack.mjs';
import { script } from './environments/script.mjs';
import { servers } from './environments/servers.mjs';
import { vite } from './environments/vite.mjs';
import { vitest } from './environments/vitest.mjs';
import { webpack } from './environments/webpack.mjs';
import { workerd } from './environments/workerd.mjs';

/** @type {import('./run-environment.mjs').Environment[][]} */
export const groups = [
  npm,
  script,
  vite,
  webpack,
  createReactApp,
  rspack,
  rollup,
  esbuild,
  parcel,
  next,
  node,
  deno,
  bun,
  workerd,
  ...servers.map((environment) => [environment]),
  vitest,
  jest,
  ...browsers,
  unsupported,
];
