// A promise that is returned before its work begins.

/** A promise that is known before its work begins, because listeners may make the same call again. */
export function later<T>() {
  let begin!: (given: Promise<T>) => void;
  const promise = new Promise<T>((resolve) => (begin = resolve));
  return { promise, begin };
}
