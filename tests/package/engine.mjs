// Observes the WebAssembly module: its starts, its imports, its memory.

/**
 * Watches every instance that is started later. Call this function before the first call of a client.
 *
 * @param {import('node:test').TestContext} test
 */
export function watchEngine(test) {
  const { instantiate } = WebAssembly;
  /** @type {WebAssembly.Memory[]} */
  const memories = [];
  let starts = 0;
  /** @type {unknown} */
  let failure;
  /** @type {string | undefined} */
  let trap;
  /** @type {(() => void) | undefined} */
  let onImportCall;
  /**
   * The original of each observed function. A later part of the module is linked to the originals, because parts of the module call
   * each other directly.
   *
   * @type {WeakMap<Function, Function>}
   */
  const originals = new WeakMap();

  /**
   * Wraps these functions. If a trap is requested, the next function that is called traps.
   *
   * @param {string} kind
   * @param {Record<string, WebAssembly.ImportValue>} functions
   */
  function withTraps(kind, functions) {
    // The first call of an export of each part does not trap. In a new instance this call allocates memory for a text.
    let calls = kind === 'export' ? 0 : 1;
    /** @param {Function} member @param {unknown[]} values */
    const call = (member, values) => {
      if (trap === kind && calls > 0) {
        trap = undefined;
        throw new WebAssembly.RuntimeError('unreachable');
      }
      calls += 1;
      if (kind === 'import') onImportCall?.();
      return member(...values);
    };
    /** @param {WebAssembly.ImportValue} member */
    const watch = (member) => {
      if (typeof member !== 'function') return member;
      const watched = (/** @type {unknown[]} */ ...values) => call(member, values);
      originals.set(watched, member);
      return watched;
    };
    return Object.fromEntries(Object.entries(functions).map(([name, member]) => [name, watch(member)]));
  }

  /** @param {WebAssembly.ImportValue} member */
  const originalOf = (member) => (typeof member === 'function' ? (originals.get(member) ?? member) : member);

  /** @param {WebAssembly.Module | BufferSource} source @param {WebAssembly.Imports} imports */
  const start = async (source, imports) => {
    // Node's `fetch` also calls this function, with a module that is already compiled.
    if (source instanceof WebAssembly.Module) return instantiate(source, imports);
    const { a: javascript = {}, '': earlierExports = {} } = imports;
    if (Object.keys(earlierExports).length === 0) starts += 1;
    if (failure) throw failure;
    const linked = Object.entries(earlierExports).map(([name, member]) => [name, originalOf(member)]);
    const watchedImports = { a: withTraps('import', javascript), '': Object.fromEntries(linked) };
    const { instance, module } = await instantiate(source, watchedImports);
    memories.push(...Object.values(instance.exports).filter((member) => member instanceof WebAssembly.Memory));
    return { module, instance: { exports: withTraps('export', instance.exports) } };
  };
  test.mock.method(WebAssembly, 'instantiate', start);

  return {
    /** How often the module was started, including failures. */
    starts: () => starts,
    /**
     * Makes every start fail with this error; without an argument, makes starts succeed again.
     *
     * @param {unknown} [error]
     */
    failWith: (error) => (failure = error),
    /**
     * Makes the next call of an export or import end like a trap: with a RuntimeError and without cleaning up.
     *
     * @param {'export' | 'import'} kind
     */
    trapIn: (kind) => (trap = kind),
    /**
     * Calls this function whenever the module calls an import.
     *
     * @param {() => void} observe
     */
    observeImportCalls: (observe) => (onImportCall = observe),
    /** The size of all linear memories in bytes. */
    size: () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0),
    /**
     * Whether a text is anywhere in linear memory.
     *
     * @param {string} text
     */
    holds: (text) => memories.some(({ buffer }) => Buffer.from(buffer).includes(text)),
  };
}
