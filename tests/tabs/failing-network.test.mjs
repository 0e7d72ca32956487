// On a network that often fails, calls fail, but a session is lost only if the server has ended it.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { browsers, logFigures, openApp } from './app.mjs';
import { seeded } from '../package/seeded-random.mjs';

const CALLS = 1_000;
const SEED = Number(process.env.SMART_LAUNCH_SEED ?? 20_270_101);
const PERCENT = 30;
/** Codes by which the client reports that the session has ended. */
const ENDED = ['refresh_rejected', 'session_expired', 'signed_out'];

const FAULTS = {
  'request lost': ({ response }) => response.destroy(),
  'response lost': async ({ forward, response }) => {
    await forward();
    response.destroy();
  },
  'response truncated': async ({ forward, response }) => {
    const { status, headers, body } = await forward();
    response.writeHead(status, { ...headers, 'content-length': body.length });
    response.write(body.subarray(0, body.length / 2), () => response.destroy());
  },
  late: async ({ forward, respond }, random) => {
    await wait(random(500));
    await respond(await forward());
  },
  refused: async ({ respond, request, tokenRequest }, random) => {
    tokenRequest.isUnprocessed = true;
    const headers = {
      'access-control-allow-origin': request.headers.origin,
      'access-control-expose-headers': 'Retry-After',
      'retry-after': String(random(2)),
    };
    await respond({ status: [500, 503, 429][random(3)], headers, body: Buffer.from('') });
  },
};
/** After these failures only the server knows whether the token was used. */
const DOUBTFUL = ['request lost', 'response lost', 'response truncated'];

for (const browser of browsers.filter(({ name }) => name === 'Chromium')) {
  describe(browser.name, { timeout: 480_000 }, () => {
    it(`${CALLS} refreshes, ${PERCENT} % disturbed: only the server ends sessions; a token is sent at most twice`, async (t) => {
      const app = await openApp(t, browser);
      const { proxy } = app;
      const tab = await app.open();
      const random = seeded(SEED);
      const faults = [];
      let since;
      const signIn = async () => {
        proxy.interfere();
        await app.signIn(tab);
        since = { fault: faults.length, tokenRequests: proxy.tokenRequests.length };
        proxy.interfere(async (exchange) => {
          if (random(100) >= PERCENT) return exchange.respond(await exchange.forward());
          const name = Object.keys(FAULTS)[random(Object.keys(FAULTS).length)];
          faults.push(name);
          return FAULTS[name](exchange, random);
        });
      };
      await signIn();

      const codes = {};
      let [lost, unjustifiedDoubts, signIns] = [0, 0, 0];
      for (let call = 0; call < CALLS; call++) {
        const { code = 'ok', status } = await tab.run(async () => {
          const { code } = await outcome(smart.refresh());
          // Waits as long as `Retry-After` says, because the client sends no request before that time.
          const seconds = code === 'http_status' ? smart.getState().error.retryAfterSeconds : 0;
          if (seconds) await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
          return { code, status: smart.getState().status };
        });
        codes[code] = (codes[code] ?? 0) + 1;
        const hasEnded = ENDED.includes(code) || status !== 'authenticated';
        const isInDoubt = code === 'refresh_in_doubt';
        if (hasEnded && proxy.count(since.tokenRequests).refused === 0) lost += 1;
        if (isInDoubt && !faults.slice(since.fault).some((name) => DOUBTFUL.includes(name))) unjustifiedDoubts += 1;
        if (hasEnded || isInDoubt) {
          signIns += 1;
          await signIn();
        }
      }
      logFigures(browser, `${CALLS} refreshes, seed ${SEED}`, {
        faults: faults.length,
        outcomes: JSON.stringify(codes),
        'signed in again': signIns,
        'sessions lost although the server had not ended them': lost,
        'refresh_in_doubt without a lost response': unjustifiedDoubts,
        'most requests with one token': `${proxy.mostSent()} times`,
      });
      assert.deepEqual({ lost, unfounded: unjustifiedDoubts }, { lost: 0, unfounded: 0 });
      assert.ok(faults.length > CALLS / 5 && codes.ok > CALLS / 3, 'enough faults, and enough successful refreshes');
      assert.ok(proxy.mostSent() <= 2, 'no refresh token is sent more than twice, not counting unprocessed requests');
    });
  });
}
