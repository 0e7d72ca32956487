// What the build makes of the crate (xtask/src/wasm.rs): one WebAssembly module, whole or in parts.

declare module 'smart-launch-wasm' {
  import type { PartName } from 'smart-launch-parts';

  /** The JavaScript around one instance of the module. */
  interface Glue {
    /** The imports of the core at first, then those of the next part. */
    imports(): WebAssembly.Imports;
    /** Adds the core, then a part. */
    link(exports: WebAssembly.Exports): void;
    /** Bytes of its memory. */
    size(): number;
    /** Calls a part, with the environment of a flow where it runs one. */
    call(part: PartName, environment: object | undefined, ...texts: string[]): string;
  }

  export const createGlue: () => Glue;
  /** Instantiates the core, or the part of this text. */
  export const instantiate: (imports: WebAssembly.Imports, text?: string) => Promise<WebAssembly.Instance>;
}

declare module 'smart-launch-parts' {
  export type PartName = 'core' | 'session' | 'inquiries' | 'blocks';
  /** Loads a part that follows the core. */
  export type LoadPart = () => Promise<{ readonly text: string }>;

  /** All that have to be linked for a part, in order; none where the module is whole. */
  export const parts: Readonly<Record<PartName, readonly LoadPart[]>>;
}

declare module 'smart-launch-confidential-wasm' {
  /** The module of confidential clients, of which all is the core. */
  export * from 'smart-launch-wasm';
}
