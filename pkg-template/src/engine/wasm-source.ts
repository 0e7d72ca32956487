// The WebAssembly module that an app passes, for apps that fetch and compile it themselves.

import type { Response, URL, WebAssemblyModule } from '../values/platform.js';

/** Values from which the module can be instantiated. */
export type SmartLaunchWasm = string | URL | Response | ArrayBuffer | ArrayBufferView | WebAssemblyModule;

let source: SmartLaunchWasm | PromiseLike<SmartLaunchWasm> | undefined;
let compiled: Promise<WebAssembly.Module> | undefined;

/**
 * Sets the WebAssembly module, `smart-launch/smart-launch.wasm` of exactly this version. The module is fetched and compiled
 * when it is first needed. Calls that need the module reject with `wasm_unavailable` if this function was not called before.
 *
 * @param wasm the URL of the module; a response of `fetch`, compiled while it streams if its content type is `application/wasm`;
 * the bytes of the module; or a compiled module
 * @example
 * setWasm(new URL('/smart-launch.wasm', location.href));
 */
export function setWasm(wasm: SmartLaunchWasm | PromiseLike<SmartLaunchWasm>): void {
  source = wasm;
  compiled = undefined;
}

/**
 * @param id name of a custom section that only the module of the same build has
 * @internal
 */
export async function instantiate(imports: WebAssembly.Imports, id: string): Promise<WebAssembly.Instance> {
  compiled ??= compile(await source);
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

async function compile(wasm: SmartLaunchWasm | undefined): Promise<WebAssembly.Module> {
  if (wasm === undefined) throw new Error('setWasm() was not called');
  if (wasm instanceof URL || typeof wasm === 'string') return compile(await fetch(wasm));
  if (wasm instanceof Response) {
    if (!wasm.ok) throw new Error(`the module was not found: ${wasm.status}`);
    const streams = wasm.headers.get('content-type') === 'application/wasm';
    return streams ? WebAssembly.compileStreaming(wasm) : WebAssembly.compile(await wasm.arrayBuffer());
  }
  const isBytes = ArrayBuffer.isView(wasm) || wasm instanceof ArrayBuffer;
  // The cast excludes shared memory, which the platform refuses.
  return isBytes ? WebAssembly.compile(wasm as BufferSource) : wasm;
}
