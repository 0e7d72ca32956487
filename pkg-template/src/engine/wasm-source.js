// The engine's module as an app gives it, where the app wants to have it fetched and compiled its own way.

let given;
let compiled;

/** @param {WebAssembly.Module | BufferSource | Response | URL | string | PromiseLike<any>} wasm */
export function setWasm(wasm) {
  given = wasm;
  compiled = undefined;
}

/**
 * @param {WebAssembly.Imports} imports
 * @param {string} id a section of this name is in the module that belongs to this file, and in no other
 */
export async function instantiate(imports, id) {
  compiled ??= compile(await given);
  try {
    const module = await compiled;
    if (WebAssembly.Module.customSections(module, id).length === 0) {
      throw new Error('it is not the smart-launch.wasm of this version of smart-launch');
    }
    return await WebAssembly.instantiate(module, imports);
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
