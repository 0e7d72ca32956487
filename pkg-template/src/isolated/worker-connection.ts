// The page's connection to the worker: starts the worker, numbers the calls, and detects when the worker is lost.

import { DISPOSED, WORKER_LOST } from '../error/immediate-errors.js';
import { unlessAborted } from '../error/abort.js';
import { SmartError } from '../error/smart-error.js';
import { isData } from './message.js';
import type { Data, ErrorData, Inputs, Notice, Results } from './message.js';

/** A worker is lost if it sends nothing for two periods of so many milliseconds. One period may pass while the device sleeps. */
const PERIOD = 5_000;

interface Page {
  /** Handles messages that are not the result of a call. `isLost` returns whether the worker was lost meanwhile. */
  onNotice(message: Notice, isLost: () => boolean): Promise<void>;
  onLost(error: SmartError): void;
}

interface Connection {
  send: Send;
  lose(cause?: unknown): void;
  /** Settles when the worker has received its settings. */
  configured?: Promise<unknown>;
}

type Send = <Name extends keyof Inputs>(
  name: Name,
  input: Inputs[Name],
  transfer?: Transferable[],
) => { id: number; result: Promise<Results[Name]> };

interface Waiting {
  resolve(result: unknown): void;
  reject(error: SmartError): void;
}

/** @param settings sent to the worker first */
export function createLink(open: () => Worker, settings: () => Inputs['configure'], page: Page) {
  let lastId = 0;
  let connection: Connection | undefined;

  /** Calls the worker, which is started if there is none. */
  function call<Name extends keyof Inputs>(
    name: Name,
    input: Inputs[Name],
    { signal, transfer }: { signal?: AbortSignal | undefined; transfer?: Transferable[] } = {},
  ): Promise<Results[Name]> {
    return unlessAborted(signal, async () => {
      const { send, configured } = connection ?? start();
      await configured;
      // The caller no longer waits for the result.
      if (signal?.aborted) return undefined as never;
      const { id, result } = send(name, input, transfer);
      const onAbort = () => void send('abort', { of: id }).result.catch(() => {});
      signal?.addEventListener('abort', onAbort, { once: true });
      return result.finally(() => signal?.removeEventListener('abort', onAbort));
    });
  }

  /** Terminates the worker; pending calls reject. */
  const close = () => connection?.lose(new SmartError(DISPOSED));

  return { call, close };

  function start(): Connection {
    const worker = openWorker();
    const waiting = new Map<unknown, Waiting>();
    let queue: Promise<unknown> = Promise.resolve();
    let silentPeriods = 0;
    let timer: ReturnType<typeof setTimeout>;
    /** Why the worker is not used any more. */
    let loss: SmartError | undefined;

    const newConnection: Connection = { send, lose };
    connection = newConnection;
    for (const event of ['error', 'messageerror']) worker.addEventListener(event, lose);
    worker.addEventListener('message', ({ data }) => {
      silentPeriods = 0;
      if (!isData(data)) return;
      // Records are stored at once, because the page may be left any moment. Other messages are handled one after the other,
      // since handling one may take time.
      if (data.record !== undefined) handleMessage(data);
      else queue = queue.then(() => handleMessage(data)).catch(lose);
    });
    newConnection.configured = send('configure', settings()).result;
    newConnection.configured.catch(lose);
    return newConnection;

    function handleMessage({ id, result, error, ...message }: Data) {
      if (loss) return undefined;
      // The messages are from this library's worker, so they have these types.
      if (id === undefined) return page.onNotice(message as Notice, () => loss !== undefined);
      const call = waiting.get(id);
      waiting.delete(id);
      if (waiting.size === 0) clearTimeout(timer);
      // The worker sends an error as data.
      if (error) call?.reject(revived(error as ErrorData));
      else call?.resolve(result);
      return undefined;
    }

    function send<Name extends keyof Inputs>(name: Name, input: Inputs[Name], transfer: Transferable[] = []) {
      const id = ++lastId;
      const result = new Promise<Results[Name]>((resolve, reject) => {
        if (loss) throw loss;
        worker.postMessage({ id, call: name, input }, transfer);
        if (waiting.size === 0) watchWorker();
        // `resolve` is called with the result of this call, so with this type.
        waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      });
      return { id, result };
    }

    /** Checks that the worker is alive while calls are pending. */
    function watchWorker() {
      silentPeriods = 0;
      timer = setTimeout(function tick() {
        silentPeriods += 1;
        if (silentPeriods === 2) return lose();
        worker.postMessage({ id: ++lastId, call: 'ping', input: {} });
        timer = setTimeout(tick, PERIOD);
      }, PERIOD);
    }

    function lose(cause?: unknown) {
      if (loss) return;
      const error = cause instanceof SmartError ? cause : workerLost(cause);
      loss = error;
      connection = undefined;
      clearTimeout(timer);
      worker.terminate();
      for (const call of waiting.values()) call.reject(error);
      page.onLost(error);
    }
  }

  function openWorker() {
    try {
      return open();
    } catch (cause) {
      const error = workerLost(cause);
      page.onLost(error);
      throw error;
    }
  }
}

/** Creates an error from its data. */
export const revived = (members: ErrorData) => new SmartError(members);

/** The error includes its texts: they cannot be loaded if the server, which also has the worker's script, does not respond. */
const workerLost = (cause?: unknown) => new SmartError(WORKER_LOST, cause);
