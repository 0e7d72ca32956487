// A promise that is returned before its work begins.

/** Creates a promise before its work begins, because listeners may make the same call again. */
export function deferred<T>() {
  let resolve!: (result: Promise<T>) => void;
  const promise = new Promise<T>((resolvePromise) => (resolve = resolvePromise));
  return { promise, resolve };
}
