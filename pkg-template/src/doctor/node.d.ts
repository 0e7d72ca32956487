// Declarations of the parts of Node that `smart-launch doctor` uses.

declare module 'node:util' {
  interface OptionConfig {
    readonly type: 'string' | 'boolean';
  }
  export function parseArgs(config: {
    args: readonly string[];
    options: Readonly<Record<string, OptionConfig>>;
    allowPositionals: true;
  }): { values: Record<string, string | boolean | undefined>; positionals: string[] };
  export function styleText(format: string, text: string): string;
}

declare module 'node:fs/promises' {
  export function readFile(file: URL, encoding: 'utf8'): Promise<string>;
}

declare const process: {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: { readonly isTTY?: boolean; write(text: string): void };
  readonly stderr: { write(text: string): void };
  exitCode: number;
};
