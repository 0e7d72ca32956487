// Gives tests access to the effects that the client passes to its WebAssembly module, to observe and replace them.

import { rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { copyOfPackage } from './installed.mjs';

/**
 * Loads a copy of the package in which session.js, which receives the effects, is replaced by a chunk that exposes them.
 *
 * @param {import('node:test').TestContext} test
 */
export async function loadWithEffects(test) {
  const entry = await copyOfPackage(test);
  const chunk = join(dirname(entry), 'session.js');
  const originalChunk = join(dirname(entry), 'session-original.js');
  await rename(chunk, originalChunk);
  const wrapper = `import { createSessionCalls as createOriginal } from './session-original.js';
export function createSessionCalls(client, engine) {
  globalThis.effectsOfTest = engine.effects;
  return createOriginal(client, engine);
}`;
  await writeFile(chunk, wrapper);
  return {
    .../** @type {typeof import('smart-launch')} */ (await import(pathToFileURL(entry).href)),
    /**
     * Loads a chunk of the copy before it is needed.
     *
     * @param {string} name
     */
    load: (name) => import(pathToFileURL(join(dirname(entry), name)).href),
    /**
     * Returns the effects. They exist only after a call that loads the chunk, such as `getAccessToken`.
     *
     * @param {import('smart-launch').SmartClient} client
     * @returns {Promise<Record<string, (...args: unknown[]) => unknown>>}
     */
    effectsOf: async (client) => {
      await client.getAccessToken().catch(() => {});
      const effects = Reflect.get(globalThis, 'effectsOfTest');
      Reflect.deleteProperty(globalThis, 'effectsOfTest');
      return effects;
    },
  };
}
