// The page's connection to the worker: starts it, numbers the calls, and detects when it is lost.

import { DISPOSED, WORKER_LOST } from '../error/immediate-errors.js';
import { unlessAborted } from '../error/abort.js';
import { SmartError } from '../error/smart-error.js';
import { isData } from './message.js';
import type { Data, ErrorData, Inputs, Notice, Results } from './message.js';

/** A worker is lost if it sends nothing for two of these periods. A single one may pass while the device sleeps. */
const SILENCE = 5_000;

interface Page {
  /** Handles messages that are not the result of a call. */
  onNotice(message: Notice): Promise<void>;
  onLost(error: SmartError): void;
}

interface Line {
  send: Send;
  lose(cause?: unknown): void;
  /** Settles when the worker has received its settings. */
  configured?: Promise<unknown>;
}

type Send = <Name extends keyof Inputs>(
  name: Name,
  input: Inputs[Name],
  transfer?: Transferable[],
) => { id: number; answer: Promise<Results[Name]> };

interface Waiting {
  resolve(result: unknown): void;
  reject(error: SmartError): void;
}

/** @param settings sent to the worker first */
export function createLink(open: () => Worker, settings: () => Inputs['configure'], page: Page) {
  let number = 0;
  let line: Line | undefined;

  /** Calls the worker, which is started if there is none. */
  function call<Name extends keyof Inputs>(
    name: Name,
    input: Inputs[Name],
    { signal, transfer }: { signal?: AbortSignal | undefined; transfer?: Transferable[] } = {},
  ): Promise<Results[Name]> {
    return unlessAborted(signal, async () => {
      const { send, configured } = line ?? start();
      await configured;
      // No caller waits for it any more.
      if (signal?.aborted) return undefined as never;
      const { id, answer } = send(name, input, transfer);
      const onAbort = () => void send('abort', { of: id }).answer.catch(() => {});
      signal?.addEventListener('abort', onAbort, { once: true });
      return answer.finally(() => signal?.removeEventListener('abort', onAbort));
    });
  }

  /** Terminates the worker; pending calls reject. */
  const close = () => line?.lose(new SmartError(DISPOSED));

  return { call, close };

  function start(): Line {
    const worker = opened();
    const waiting = new Map<unknown, Waiting>();
    let order: Promise<unknown> = Promise.resolve();
    let silent = 0;
    let timer: ReturnType<typeof setTimeout>;

    const started: Line = { send, lose };
    line = started;
    for (const event of ['error', 'messageerror']) worker.addEventListener(event, lose);
    worker.addEventListener('message', ({ data }) => {
      silent = 0;
      if (!isData(data)) return;
      // Records are stored at once, because the page may be left any moment. Other messages are handled one after the other,
      // since that may take time.
      if (data.record !== undefined) take(data);
      else order = order.then(() => take(data)).catch(lose);
    });
    started.configured = send('configure', settings()).answer;
    started.configured.catch(lose);
    return started;

    function take({ id, result, error, ...message }: Data) {
      if (line !== started) return undefined;
      // The messages are from this library's worker, so they have these types.
      if (id === undefined) return page.onNotice(message as Notice);
      const call = waiting.get(id);
      waiting.delete(id);
      if (waiting.size === 0) clearTimeout(timer);
      // The worker sends an error as data.
      if (error) call?.reject(revived(error as ErrorData));
      else call?.resolve(result);
      return undefined;
    }

    function send<Name extends keyof Inputs>(name: Name, input: Inputs[Name], transfer: Transferable[] = []) {
      const id = ++number;
      const answer = new Promise<Results[Name]>((resolve, reject) => {
        if (line !== started) throw workerLost();
        worker.postMessage({ id, call: name, input }, transfer);
        if (waiting.size === 0) listen();
        // It is called with the result of this call.
        waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      });
      return { id, answer };
    }

    /** Checks that the worker is alive while calls are pending. */
    function listen() {
      silent = 0;
      timer = setTimeout(function tick() {
        silent += 1;
        if (silent === 2) return lose();
        worker.postMessage({ id: ++number, call: 'ping', input: {} });
        timer = setTimeout(tick, SILENCE);
      }, SILENCE);
    }

    function lose(cause?: unknown) {
      if (line !== started) return;
      line = undefined;
      clearTimeout(timer);
      worker.terminate();
      const error = cause instanceof SmartError ? cause : workerLost(cause);
      for (const call of waiting.values()) call.reject(error);
      page.onLost(error);
    }
  }

  function opened() {
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

/** It includes its texts, because the server that the worker could not be loaded from may not respond to this request either. */
const workerLost = (cause?: unknown) => new SmartError(WORKER_LOST, cause);
