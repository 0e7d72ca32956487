// @ts-nocheck
// A WebAssembly module with its glue, started once, and again if it ever traps. Rejects with plain descriptions of errors:
// the entry makes errors of them.

import { CODES } from '../error/codes.js';

/** Bytes of linear memory, which never shrinks, with which an instance is let go. */
const MOST = 16 * 1_048_576;

/**
 * @param {{ createGlue: () => object, instantiate: (imports: object) => Promise<WebAssembly.Instance> }} source what the
 *   build generates of the crate
 * @returns {{
 *   run(call: (glue: object) => string): Promise<string>,
 *   runNow(call: (glue: object) => string): string,
 *   flow(env: { run: Function }, text: string): Promise<any>,
 * }} `run` and `runNow` run `call` with the glue, and give what it gives
 */
export function createModule({ createGlue, instantiate }) {
  /** The glue keeps views of the memory, so each start gets glue of its own. */
  let started;
  let latest;

  async function start() {
    const glue = createGlue();
    glue.start((await instantiate(glue.imports)).exports);
    latest = glue;
    return glue;
  }

  /** Starts another instance at once: the last one has to stay until then for calls that cannot wait. */
  function renew() {
    const next = start();
    started = next;
    next.catch(() => {
      if (started === next) started = undefined;
    });
  }

  async function run(call) {
    const current = (started ??= start());
    let code = 'wasm_unavailable';
    try {
      const glue = await current;
      code = 'internal';
      const given = call(glue);
      if (typeof given !== 'string') throw new TypeError('the module gives no text');
      if (glue.size() > MOST && started === current) renew();
      return given;
    } catch (cause) {
      // A trap, or no module at all: the next call gets a new instance.
      if (started === current) started = undefined;
      throw { code, cause };
    }
  }

  return {
    run,
    /** Runs a flow in an environment to its end, and reads its outcome. */
    flow: async (env, text) =>
      read(await env.run(() => run((glue) => glue.call(env, text))), env.cause),
    /** The same at once, with the instance that was started last. */
    runNow(call) {
      try {
        return call(latest);
      } catch (cause) {
        started = undefined;
        throw { code: 'internal', cause };
      }
    },
  };
}

/** What an app gives, as JSON text. */
export function textOf(input) {
  try {
    return JSON.stringify(input);
  } catch (cause) {
    throw { code: 'config_invalid', about: 'an option is not plain data', cause };
  }
}

/** Reads an outcome: JSON text, that of a failure behind an exclamation mark; `cause` is what the platform said of it. */
export function read(text, cause) {
  if (text.startsWith('!')) throw { ...named(JSON.parse(text.slice(1))), cause };
  return JSON.parse(text);
}

/** The description that the engine's `Error::to_json` gives, with the code's name for its number. */
export const named = (failure) => ({ ...failure, code: CODES[failure.code] });
