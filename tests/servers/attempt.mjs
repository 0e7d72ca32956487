// One server in one configuration: started, driven, ended.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { drive } from './drive.mjs';
import { stopPrograms } from './program.mjs';
import { openFace } from './smart-face.mjs';

/** Milliseconds for all of it. */
const LIMIT = 240_000;

/**
 * @param {import('playwright-core').Browser} browser
 * @param {object} app the one of app.mjs
 * @param {(given: object) => Promise<object>} start of the server's start.mjs
 * @param {{ directory: string, setup: object }} given where it is installed, and the configuration
 * @returns {Promise<Record<string, string>>} the cells of a row
 */
export async function attempt(browser, app, start, given) {
  const face = await openFace();
  const place = await mkdtemp(join(tmpdir(), 'smart-launch-server-'));
  const context = await browser.newContext();
  const late = sleep(LIMIT, undefined, { ref: false }).then(() => {
    throw new Error(`not done after ${LIMIT / 1_000} s`);
  });
  try {
    return await Promise.race([run(), late]);
  } finally {
    await context.close();
    await stopPrograms();
    await rm(place, { recursive: true });
    face.close();
  }

  async function run() {
    const { fhirBaseUrl } = face;
    const server = await start({ app, fhirBaseUrl, place, ...given });
    server.document = { ...(await (await fetch(server.metadata)).json()), ...server.unnamed };
    server.app = { fhirBaseUrl, issuer: server.issuer, clientId: server.clientId, scope: server.scope };
    // Where the app names the issuer, that one's own document is all there is.
    face.stand(server.document, server.accepts, { speaks: !server.issuer });
    return drive(context, app, server);
  }
}
