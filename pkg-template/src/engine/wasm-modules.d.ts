// The build output of the crate (xtask/src/wasm.rs): one WebAssembly module, whole or in parts.

declare module 'smart-launch-wasm' {
  import type { PartName } from 'smart-launch-parts';

  /** The JavaScript around one instance of the module. */
  interface Glue {
    /** The imports of the core; once the core is linked, those of the next part. */
    imports(): WebAssembly.Imports;
    /** Links exports: first those of the core, later those of each part. */
    link(exports: WebAssembly.Exports): void;
    /** Size of the instance's memory in bytes. */
    size(): number;
    /** Calls a part, with the flow's environment if it runs a flow. */
    call(part: PartName, environment: object | undefined, ...texts: string[]): string;
  }

  export const createGlue: () => Glue;
  /** Instantiates the core, or the part that `text` contains. */
  export const instantiate: (imports: WebAssembly.Imports, text?: string) => Promise<WebAssembly.Instance>;
}

declare module 'smart-launch-parts' {
  export type PartName = 'core' | 'session' | 'inquiries' | 'blocks' | 'push';
  /** Loads a part that is linked after the core. */
  export type LoadPart = () => Promise<{ readonly text: string }>;

  /** The functions that load what a part needs, in the order of linking; empty if the module has no parts. */
  export const parts: Readonly<Record<PartName, readonly LoadPart[]>>;
}

declare module 'smart-launch-confidential-wasm' {
  /** The module of confidential clients, which consists of the core only. */
  export * from 'smart-launch-wasm';
}
