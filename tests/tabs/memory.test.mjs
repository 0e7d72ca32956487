// A long-lived page: sign-ins leak no memory, neither in WebAssembly's linear memory nor in the JavaScript heap.
// `SMART_LAUNCH_SIGN_INS=100000` runs a hundred thousand sign-ins, which take minutes.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { browsers, logFigures, openApp } from './app.mjs';

const SIGN_INS = Number(process.env.SMART_LAUNCH_SIGN_INS ?? 10_000);
const SIGN_INS_PER_PART = SIGN_INS / 20;
/** The number of parts after which all code has run and is compiled. */
const WARM_UP_PARTS = 4;
const MAX_BYTES_PER_SIGN_IN = 20;

for (const browser of browsers.filter(({ name }) => name === 'Chromium')) {
  describe(browser.name, { timeout: 600_000 }, () => {
    it(`${SIGN_INS} sign-ins do not let memory grow`, async (t) => {
      const app = await openApp(t, browser);
      const tab = await app.browser.open('about:blank');
      await app.leave(tab);
      await tab.run(async () => {
        globalThis.memories = [];
        const watch = (instantiate) => async (source, imports) => {
          const result = await instantiate.call(WebAssembly, source, imports);
          const { exports } = result.instance ?? result;
          memories.push(...Object.values(exports).filter((member) => member instanceof WebAssembly.Memory));
          return result;
        };
        WebAssembly.instantiate = watch(WebAssembly.instantiate);
        WebAssembly.instantiateStreaming = watch(WebAssembly.instantiateStreaming);
        await import('/many-sign-ins.mjs');
      });
      const measureMemory = async () => {
        await tab.command('HeapProfiler.collectGarbage');
        const { usedSize } = await tab.command('Runtime.getHeapUsage');
        const linear = await tab.run(() => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0));
        return { used: usedSize, linear };
      };
      const started = Date.now();
      const sizes = [];
      for (let part = 0; part < SIGN_INS / SIGN_INS_PER_PART; part++) {
        await tab.run((count) => signInOften(count), SIGN_INS_PER_PART);
        sizes.push(await measureMemory());
      }
      const warmSizes = sizes.slice(WARM_UP_PARTS - 1);
      const perSignIn = slope(warmSizes.map(({ used }) => used)) / SIGN_INS_PER_PART;
      const linear = warmSizes.map(({ linear }) => linear);
      logFigures(browser, `${SIGN_INS} sign-ins`, {
        seconds: Math.round((Date.now() - started) / 1000),
        'heap per sign-in': `${perSignIn.toFixed(2)} bytes`,
        heap: `${Math.round(warmSizes.at(-1).used / 1024)} KiB`,
        'linear memory': `${linear[0] / 1024} to ${linear.at(-1) / 1024} KiB`,
        records: await tab.run(() => sessionStorage.length + localStorage.length),
      });
      assert.equal(linear.at(-1), linear[0], 'linear memory does not grow');
      assert.ok(perSignIn < MAX_BYTES_PER_SIGN_IN, 'the heap does not grow');
    });
  });
}

/** The average growth from one value to the next, by least squares. */
function slope(values) {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const along = values.reduce((sum, value, at) => sum + (at - middle) * (value - mean), 0);
  return along / values.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
}
