// What the build makes of the crate (xtask/src/wasm.rs): one module for each part.

declare module 'smart-launch-*-wasm' {
  /** The JavaScript around one instance. */
  interface Glue {
    readonly imports: WebAssembly.Imports;
    start(exports: WebAssembly.Exports): void;
    /** Bytes of its memory. */
    size(): number;
    /** Calls the module, with the environment of a flow where it runs one. */
    call(environment: object | undefined, ...texts: string[]): string;
  }

  export const createGlue: () => Glue;
  export const instantiate: (imports: WebAssembly.Imports) => Promise<WebAssembly.Instance>;
}
