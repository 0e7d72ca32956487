// The engine's module as an app gives it, where the app wants to have it fetched and compiled its own way.

import type { Response, URL, WebAssemblyModule } from '../values/platform.js';

/** What the engine can be made of. */
export type SmartLaunchWasm = string | URL | Response | ArrayBuffer | ArrayBufferView | WebAssemblyModule;

let given: SmartLaunchWasm | PromiseLike<SmartLaunchWasm> | undefined;
let compiled: Promise<WebAssembly.Module> | undefined;

/**
 * Says where the engine's module is: `smart-launch/smart-launch.wasm` of this very version. It is fetched and compiled when
 * the engine is needed first. Call it before that; without it, calls reject with `wasm_unavailable`.
 *
 * @param wasm its URL; an answer to `fetch`, compiled as it comes where its content type is `application/wasm`; its bytes;
 * or a module that is compiled already.
 * @example
 * setWasm(new URL('/smart-launch.wasm', location.href));
 */
export function setWasm(wasm: SmartLaunchWasm | PromiseLike<SmartLaunchWasm>): void {
  given = wasm;
  compiled = undefined;
}

/**
 * @param id a section of this name is in the module that belongs to this file, and in no other
 * @internal
 */
export async function instantiate(imports: WebAssembly.Imports, id: string): Promise<WebAssembly.Instance> {
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

async function compile(wasm: SmartLaunchWasm | undefined): Promise<WebAssembly.Module> {
  if (wasm === undefined) throw new Error('setWasm() was not called');
  if (wasm instanceof URL || typeof wasm === 'string') return compile(await fetch(wasm));
  if (wasm instanceof Response) {
    if (!wasm.ok) throw new Error(`the module was not found: ${wasm.status}`);
    const streams = wasm.headers.get('content-type') === 'application/wasm';
    return streams ? WebAssembly.compileStreaming(wasm) : WebAssembly.compile(await wasm.arrayBuffer());
  }
  const isBytes = ArrayBuffer.isView(wasm) || wasm instanceof ArrayBuffer;
  return isBytes ? WebAssembly.compile(wasm as BufferSource) : wasm;
}
