// Access to the effects of the client's engine, so that tests can observe and replace them.

import { rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { copyOfPackage } from './installed.mjs';

/**
 * A copy of the package of its own. The chunk that is given the effects is replaced by one that shows them.
 *
 * @param {import('node:test').TestContext} test
 */
export async function loadWithEffects(test) {
  const entry = await copyOfPackage(test);
  const chunk = join(dirname(entry), 'session.js');
  const itself = join(dirname(entry), 'session-itself.js');
  await rename(chunk, itself);
  const shown = `import { createSessionCalls as own } from './session-itself.js';
export const createSessionCalls = (client, engine) => ((globalThis.effectsOfTest = engine.effects), own(client, engine));`;
  await writeFile(chunk, shown);
  return {
    .../** @type {typeof import('smart-launch')} */ (await import(pathToFileURL(entry).href)),
    /**
     * Loads a chunk of it before it is needed.
     *
     * @param {string} name
     */
    load: (name) => import(pathToFileURL(join(dirname(entry), name)).href),
    /**
     * The effects, when the chunk is loaded: after any call that needs it.
     *
     * @param {import('smart-launch').SmartClient} client
     * @returns {Promise<Record<string, (...given: unknown[]) => unknown>>}
     */
    effectsOf: async (client) => {
      await client.getAccessToken().catch(() => {});
      const effects = Reflect.get(globalThis, 'effectsOfTest');
      Reflect.deleteProperty(globalThis, 'effectsOfTest');
      return effects;
    },
  };
}
