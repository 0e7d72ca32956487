// The engine's module as an app gives it, where the app wants to have it fetched and compiled its own way.

let given;
let compiled;

/** @param {WebAssembly.Module | BufferSource | Response | URL | string | PromiseLike<any>} wasm */
export function setWasm(wasm) {
  given = wasm;
  compiled = undefined;
}

/** @param {WebAssembly.Imports} imports */
export async function instantiate(imports) {
  compiled ??= compile(await given);
  try {
    return await WebAssembly.instantiate(await compiled, imports);
  } catch (cause) {
    compiled = undefined;
    throw cause;
  }
}

async function compile(wasm) {
  if (wasm === undefined) throw new Error('setWasm() was not called');
  if (wasm instanceof URL || typeof wasm === 'string') return compile(await fetch(wasm));
  if (wasm instanceof Response) {
    if (!wasm.ok) throw new Error(`the module was not found: ${wasm.status}`);
    const streams = wasm.headers.get('content-type') === 'application/wasm';
    return streams ? WebAssembly.compileStreaming(wasm) : WebAssembly.compile(await wasm.arrayBuffer());
  }
  return ArrayBuffer.isView(wasm) || wasm instanceof ArrayBuffer ? WebAssembly.compile(wasm) : wasm;
}
