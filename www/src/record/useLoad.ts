import { useEffect, useState } from 'react';

export type Loaded<T> =
  | { readonly status: 'loading' }
  | { readonly status: 'ready'; readonly value: T }
  | { readonly status: 'failed'; readonly error: unknown; readonly retry: () => void };

/**
 * Runs `load` when it changes, when `generation` does, and on a retry. What was there stays on screen until the new
 * answer is. Aborted when the component goes away.
 */
export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>, generation: number): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ status: 'loading' });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    const retry = () => {
      setLoaded({ status: 'loading' });
      setAttempt((before) => before + 1);
    };
    const run = async () => {
      // StrictMode mounts, unmounts and mounts again at once: whoever is gone by now need not ask the server.
      await null;
      if (abort.signal.aborted) return;
      try {
        const value = await load(abort.signal);
        if (!abort.signal.aborted) setLoaded({ status: 'ready', value });
      } catch (error) {
        if (!abort.signal.aborted) setLoaded({ status: 'failed', error, retry });
      }
    };
    void run();
    return () => abort.abort();
  }, [load, generation, attempt]);
  return loaded;
}
