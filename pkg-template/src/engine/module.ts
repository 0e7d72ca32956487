// A WebAssembly module with its glue: started once, and again after a trap or if its memory has grown too much. Rejects with
// plain descriptions of errors, from which the entry creates the errors.

import { parts } from 'smart-launch-parts';
import type { LoadPart, PartName } from 'smart-launch-parts';
import type * as wasm from 'smart-launch-wasm';
import { Unavailable } from '../../../src/web/locks.js';
import { CODES } from '../error/codes.js';
import type { Failure } from '../error/failure.js';

export type Glue = ReturnType<typeof wasm.createGlue>;

/** Runs a flow: calls `step` repeatedly, until it waits for no more effects. */
export interface Environment {
  run(step: () => Promise<string>): Promise<string>;
  /** The platform's error behind a failure. */
  readonly cause?: unknown;
}

export interface Module {
  /** Runs `call` with the glue once the part is linked, and returns its result. */
  run(part: PartName, call: (glue: Glue) => string): Promise<string>;
  /** Runs `call` synchronously, with the instance in which `syncPart` was used last. */
  runNow(call: (glue: Glue) => string): string;
  /** Runs a flow in an environment to its end, and reads its outcome. If a part returns `true`, the next part runs the flow. */
  flow(names: readonly PartName[], environment: Environment, text: string): Promise<unknown>;
}

/** Bytes of linear memory beyond which an instance is replaced, because linear memory never shrinks. */
const MAX_MEMORY_BYTES = 16 * 1_048_576;

interface Instance {
  readonly glue: Glue;
  /** Parts that are linked or being linked. */
  readonly linked: Map<LoadPart, Promise<void>>;
}

/** @param syncPart the part for synchronous calls */
export function createModule({ createGlue, instantiate }: typeof wasm, syncPart: PartName): Module {
  /** The glue keeps views of the memory, so each start gets its own glue. */
  let latestInstance: Promise<Instance> | undefined;
  let syncGlue: Glue | undefined;

  /** Starts another instance. */
  function start(): Promise<Instance> {
    const instance = createInstance();
    latestInstance = instance;
    instance.catch(() => {
      if (latestInstance === instance) latestInstance = undefined;
    });
    return instance;
  }

  async function createInstance(): Promise<Instance> {
    const glue = createGlue();
    glue.link((await instantiate(glue.imports())).exports);
    return { glue, linked: new Map() };
  }

  /** Links a part and the parts that it needs. A part that failed to load is loaded again by the next call. */
  async function link({ glue, linked }: Instance, part: PartName): Promise<void> {
    let previous: Promise<void> | undefined;
    for (const load of parts[part]) {
      let linking = linked.get(load);
      if (!linking) {
        linking = linkNext(glue, load(), previous);
        linked.set(load, linking);
        linking.catch(() => linked.delete(load));
      }
      previous = linking;
    }
    await previous;
  }

  async function linkNext(glue: Glue, chunk: ReturnType<LoadPart>, previous: Promise<void> | undefined): Promise<void> {
    const [{ text }] = await Promise.all([chunk, previous]);
    glue.link((await instantiate(glue.imports(), text)).exports);
  }

  async function run(part: PartName, call: (glue: Glue) => string): Promise<string> {
    const current = latestInstance ?? start();
    let failure: Failure = { code: 'wasm_unavailable' };
    try {
      const instance = await current;
      if (parts[part].length > 0) {
        failure = new Unavailable();
        await link(instance, part);
      }
      failure = { code: 'internal' };
      // Synchronous calls use the previous instance until the new one has the part.
      if (part === syncPart) syncGlue = instance.glue;
      const output: unknown = call(instance.glue);
      if (typeof output !== 'string') throw new TypeError('the module gives no text');
      if (instance.glue.size() > MAX_MEMORY_BYTES && latestInstance === current) start().catch(() => {});
      return output;
    } catch (cause) {
      // After a trap, the next call gets a new instance.
      if (failure.code === 'internal' && latestInstance === current) latestInstance = undefined;
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
      return readOutcome(await environment.run(step), environment.cause);
    },
    runNow(call) {
      try {
        if (!syncGlue) throw new TypeError('the module was not started');
        return call(syncGlue);
      } catch (cause) {
        latestInstance = undefined;
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
export function readOutcome(text: string, cause?: unknown): unknown {
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
