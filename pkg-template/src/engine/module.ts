// A WebAssembly module with its glue, started once, and again after a trap. Rejects with plain descriptions of errors, from
// which the entry creates the errors.

import { parts } from 'smart-launch-parts';
import type { LoadPart, PartName } from 'smart-launch-parts';
import type * as wasm from 'smart-launch-wasm';
import { CODES } from '../error/codes.js';
import type { Failure } from '../error/failure.js';

export type Glue = ReturnType<typeof wasm.createGlue>;

/** Runs a flow: calls `step` repeatedly, until it has nothing left to wait for. */
export interface Environment {
  run(step: () => Promise<string>): Promise<string>;
  /** The platform's error behind a failure. */
  readonly cause?: unknown;
}

export interface Module {
  /** Runs `call` with the glue once the part is linked, and returns its result. */
  run(part: PartName, call: (glue: Glue) => string): Promise<string>;
  /** Runs `call` synchronously, with the instance that the part for such calls was used in last. */
  runNow(call: (glue: Glue) => string): string;
  /** Runs a flow in an environment to its end, and reads its outcome. If a part returns `true`, the next one runs it. */
  flow(names: readonly PartName[], environment: Environment, text: string): Promise<unknown>;
}

/** Bytes of linear memory beyond which an instance is replaced, because linear memory never shrinks. */
const MOST = 16 * 1_048_576;

interface Started {
  readonly glue: Glue;
  /** Parts that are linked or being linked. */
  readonly linked: Map<LoadPart, Promise<void>>;
}

/** @param now the part for synchronous calls */
export function createModule({ createGlue, instantiate }: typeof wasm, now: PartName): Module {
  /** The glue keeps views of the memory, so each start gets its own glue. */
  let started: Promise<Started> | undefined;
  let latest: Glue | undefined;

  /** Starts another instance. */
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
    return { glue, linked: new Map() };
  }

  /** Links a part and the parts that it needs. A part that failed to load is loaded again by the next call. */
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
      // Until an instance has the part, the last one stays for synchronous calls.
      if (part === now) latest = ready.glue;
      const output: unknown = call(ready.glue);
      if (typeof output !== 'string') throw new TypeError('the module gives no text');
      if (ready.glue.size() > MOST && started === current) start().catch(() => {});
      return output;
    } catch (cause) {
      // After a trap, the next call gets a new instance.
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

/** The app's input as JSON text. */
export function textOf(input: object): string {
  try {
    return JSON.stringify(input);
  } catch (cause) {
    throw { code: 'config_invalid', about: 'an option is not plain data', cause } satisfies Failure;
  }
}

/** Reads an outcome: JSON text, with a leading exclamation mark for a failure; `cause` is the platform's error behind it. */
export function read(text: string, cause?: unknown): unknown {
  // The format of `Error::to_json`.
  if (text.startsWith('!')) throw { ...named(JSON.parse(text.slice(1)) as EngineFailure), cause } satisfies Failure;
  return JSON.parse(text);
}

/** A failure as returned by the module's `Error::to_json`: the code is a number. */
export interface EngineFailure extends Omit<Failure, 'code'> {
  readonly code: number;
  /** The reason why the session has ended. */
  readonly ended?: string;
}

/** The failure with the code's name. */
export const named = (failure: EngineFailure): Failure & Pick<EngineFailure, 'ended'> => ({
  ...failure,
  code: CODES[failure.code] ?? 'internal',
});
