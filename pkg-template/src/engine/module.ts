// A WebAssembly module with its glue, started once, and again if it ever traps. Rejects with plain descriptions of errors:
// the entry makes errors of them.

import { parts } from 'smart-launch-parts';
import type { LoadPart, PartName } from 'smart-launch-parts';
import type * as wasm from 'smart-launch-wasm';
import { CODES } from '../error/codes.js';
import type { Failure } from '../error/failure.js';

export type Glue = ReturnType<typeof wasm.createGlue>;

/** Runs a flow: `step` again and again, until it waits for nothing. */
export interface Environment {
  run(step: () => Promise<string>): Promise<string>;
  /** What the platform said of a failure. */
  readonly cause?: unknown;
}

export interface Module {
  /** Runs `call` with the glue once the part is linked, and returns its result. */
  run(part: PartName, call: (glue: Glue) => string): Promise<string>;
  /** The same at once, with the core that was started last. */
  runNow(call: (glue: Glue) => string): string;
  /** Runs a flow in an environment to its end, and reads its outcome. If a part returns `true`, the next one runs it. */
  flow(names: readonly PartName[], environment: Environment, text: string): Promise<unknown>;
}

/** Bytes of linear memory, which never shrinks, with which an instance is let go. */
const MOST = 16 * 1_048_576;

interface Started {
  readonly glue: Glue;
  /** Parts that are linked, or about to be. */
  readonly linked: Map<LoadPart, Promise<void>>;
}

export function createModule({ createGlue, instantiate }: typeof wasm): Module {
  /** The glue keeps views of the memory, so each start gets glue of its own. */
  let started: Promise<Started> | undefined;
  let latest: Glue | undefined;

  /** Starts another instance. The last one has to stay until then for calls that cannot wait. */
  function start(): Promise<Started> {
    const next = instance();
    started = next;
    next.catch(() => {
      if (started === next) started = undefined;
    });
    return next;
  }

  async function instance(): Promise<Started> {
    const glue = createGlue();
    glue.link((await instantiate(glue.imports())).exports);
    latest = glue;
    return { glue, linked: new Map() };
  }

  /** Links what a part needs, and the part. One that could not be loaded is loaded again by the next call. */
  async function link({ glue, linked }: Started, part: PartName): Promise<void> {
    let before: Promise<void> | undefined;
    for (const load of parts[part]) {
      let linking = linked.get(load);
      if (!linking) {
        linking = linkNext(glue, load(), before);
        linked.set(load, linking);
        linking.catch(() => linked.delete(load));
      }
      before = linking;
    }
    await before;
  }

  async function linkNext(glue: Glue, chunk: ReturnType<LoadPart>, before: Promise<void> | undefined): Promise<void> {
    const [{ text }] = await Promise.all([chunk, before]);
    glue.link((await instantiate(glue.imports(), text)).exports);
  }

  async function run(part: PartName, call: (glue: Glue) => string): Promise<string> {
    const current = started ?? start();
    let failure: Failure = { code: 'wasm_unavailable' };
    try {
      const ready = await current;
      if (parts[part].length > 0) {
        failure = { code: 'wasm_unavailable', retryable: true };
        await link(ready, part);
      }
      failure = { code: 'internal' };
      const given: unknown = call(ready.glue);
      if (typeof given !== 'string') throw new TypeError('the module gives no text');
      if (ready.glue.size() > MOST && started === current) start().catch(() => {});
      return given;
    } catch (cause) {
      // A trap: the next call gets a new instance.
      if (failure.code === 'internal' && started === current) started = undefined;
      throw { ...failure, cause } satisfies Failure;
    }
  }

  return {
    run,
    async flow(names, environment, text) {
      const step = async () => {
        let outcome = 'true';
        for (const part of names) {
          if (outcome === 'true') outcome = await run(part, (glue) => glue.call(part, environment, text));
        }
        return outcome;
      };
      return read(await environment.run(step), environment.cause);
    },
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
