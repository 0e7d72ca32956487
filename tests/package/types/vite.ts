// The Vite plugin.

import { smartLaunch, type SmartLaunchPlugin } from 'smart-launch/vite';
import { expectType, type Same } from './expect.js';

const plugin = smartLaunch({ fhirBaseUrl: 'https://ehr.example/fhir' });
expectType<Same<typeof plugin, SmartLaunchPlugin>>();
smartLaunch();
// @ts-expect-error the URL is a string, because it must be spelled as in `createSmartClient`
smartLaunch({ fhirBaseUrl: new URL('https://ehr.example/fhir') });

/** The parts of Vite's `Plugin` that concern this plugin. */
interface VitePlugin {
  name: string;
  apply?: 'serve' | 'build' | undefined;
  transformIndexHtml?: {
    order?: 'pre' | 'post' | null;
    handler(
      this: object,
      html: string,
      context: {
        path: string;
        filename: string;
        bundle?: Record<string, Chunk | Asset>;
        chunk?: Chunk;
      },
    ): Tag[] | string | undefined;
  };
}

interface Chunk {
  type: 'chunk';
  fileName: string;
  moduleIds: string[];
  imports: string[];
  dynamicImports: string[];
}

interface Asset {
  type: 'asset';
  fileName: string;
}

interface Tag {
  tag: string;
  attrs?: Record<string, string | boolean | undefined>;
  injectTo?: 'head' | 'body';
}

export const accepted: VitePlugin = plugin;
