// The effects of the client's engine: for tests to look at, and to put others in their place.

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
  const [chunk, itself] = ['session.js', 'session-itself.js'].map((name) => join(dirname(entry), name));
  await rename(chunk, itself);
  const shown = `import { createSessionCalls as own } from './session-itself.js';
export const createSessionCalls = (client, engine) => ((globalThis.effectsOfTest = engine.effects), own(client, engine));`;
  await writeFile(chunk, shown);
  return {
    ...(await import(pathToFileURL(entry))),
    /** Loads a chunk of it before it is needed. */
    load: (name) => import(pathToFileURL(join(dirname(entry), name))),
    /** The effects, when the chunk is loaded: after any call that needs it. */
    effectsOf: async (client) => {
      await client.getAccessToken().catch(() => {});
      const effects = globalThis.effectsOfTest;
      delete globalThis.effectsOfTest;
      return effects;
    },
  };
}
