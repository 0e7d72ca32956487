// A WebAssembly module with its glue, started once, and again if it ever traps. Rejects with plain descriptions of errors:
// the entry makes errors of them.

import type * as wasm from 'smart-launch-client-wasm';
import { CODES } from '../error/codes.js';
import type { Failure } from '../error/failure.js';

/** What the build generates of a part of the crate. */
export type Part = typeof wasm;
export type Glue = ReturnType<Part['createGlue']>;

/** Runs a flow: `step` again and again, until it waits for nothing. */
export interface Environment {
  run(step: () => Promise<string>): Promise<string>;
  /** What the platform said of a failure. */
  readonly cause?: unknown;
}

export interface Module {
  /** Runs `call` with the glue, and gives what it gives. */
  run(call: (glue: Glue) => string): Promise<string>;
  /** The same at once, with the instance that was started last. */
  runNow(call: (glue: Glue) => string): string;
  /** Runs a flow in an environment to its end, and reads its outcome. */
  flow(environment: Environment, text: string): Promise<unknown>;
}

/** Bytes of linear memory, which never shrinks, with which an instance is let go. */
const MOST = 16 * 1_048_576;

export function createModule({ createGlue, instantiate }: Part): Module {
  /** The glue keeps views of the memory, so each start gets glue of its own. */
  let started: Promise<Glue> | undefined;
  let latest: Glue | undefined;

  async function start(): Promise<Glue> {
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

  async function run(call: (glue: Glue) => string): Promise<string> {
    const current = (started ??= start());
    let code: Failure['code'] = 'wasm_unavailable';
    try {
      const glue = await current;
      code = 'internal';
      const given: unknown = call(glue);
      if (typeof given !== 'string') throw new TypeError('the module gives no text');
      if (glue.size() > MOST && started === current) renew();
      return given;
    } catch (cause) {
      // A trap, or no module at all: the next call gets a new instance.
      if (started === current) started = undefined;
      throw { code, cause } satisfies Failure;
    }
  }

  return {
    run,
    flow: async (environment, text) =>
      read(await environment.run(() => run((glue) => glue.call(environment, text))), environment.cause),
    runNow(call) {
      try {
        if (!latest) throw new TypeError('the module was not started');
        return call(latest);
      } catch (cause) {
        started = undefined;
        throw { code: 'internal', cause } satisfies Failure;
      }
    },
  };
}

/** What an app gives, as JSON text. */
export function textOf(input: object): string {
  try {
    return JSON.stringify(input);
  } catch (cause) {
    throw { code: 'config_invalid', about: 'an option is not plain data', cause } satisfies Failure;
  }
}

/** Reads an outcome: JSON text, that of a failure behind an exclamation mark; `cause` is what the platform said of it. */
export function read(text: string, cause?: unknown): unknown {
  // As `Error::to_json` writes it.
  if (text.startsWith('!')) throw { ...named(JSON.parse(text.slice(1)) as EngineFailure), cause } satisfies Failure;
  return JSON.parse(text);
}

/** A failure as the engine's `Error::to_json` gives it: the code is a number. */
export interface EngineFailure extends Omit<Failure, 'code'> {
  readonly code: number;
  /** Why the session has ended. */
  readonly ended?: string;
}

/** The same with the code's name. */
export const named = (failure: EngineFailure): Failure & Pick<EngineFailure, 'ended'> => ({
  ...failure,
  code: CODES[failure.code] ?? 'internal',
});
