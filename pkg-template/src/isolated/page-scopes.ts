// The comparison of scopes in a page whose session is in a worker.

/** Loads the engine into the page, and returns its comparison of scopes. */
export async function covers() {
  try {
    const engine = await import('../client/engine.js');
    // Compiles and starts the engine, so that `can` is synchronous from here on.
    await engine.run('can', { granted: '', needed: '' });
    return engine.can;
  } catch (failure) {
    // The engine rejects with a {@link Failure}; the error of a chunk that cannot be loaded has no code.
    const { code = 'wasm_unavailable', cause } = failure as { code?: string; cause?: unknown };
    // If the page does not permit WebAssembly, only `can` throws.
    return () => {
      throw { code, cause };
    };
  }
}
