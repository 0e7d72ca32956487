/**
 * A Vite plugin that makes browsers load the library's chunks at the same time as the app's script, not after it.
 */

export interface SmartLaunchPluginOptions {
  /**
   * FHIR base URL, spelled as in `createSmartClient`. If set, browsers also request the server's smart-configuration at the same
   * time as the app's script. For pages that sign in as soon as they are opened.
   */
  readonly fhirBaseUrl?: string | undefined;
}

/** A plugin for Vite, without Vite's own types, so that TypeScript does not need Vite. */
export interface SmartLaunchPlugin {
  readonly name: string;
  readonly apply: 'build';
  readonly transformIndexHtml: {
    readonly order: 'post';
    handler(html: string, page: BuiltPage): LinkTag[];
  };
}

/** A page and its build. */
export interface BuiltPage {
  readonly bundle?: { readonly [file: string]: BuiltFile } | undefined;
  /** The page's script. */
  readonly chunk?: BuiltFile | undefined;
}

/** A file of a build. Only chunks have imports. */
export interface BuiltFile {
  readonly fileName: string;
  readonly moduleIds?: readonly string[];
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
}

/** A tag that Vite writes. */
export interface LinkTag {
  tag: 'link';
  attrs: Record<string, string | boolean>;
  injectTo: 'head';
}

/**
 * Writes `<link rel="modulepreload">` for the engine and the code for sessions into pages that use the library. The
 * plugin changes only builds, not the development server.
 *
 * @example
 * export default { plugins: [smartLaunch({ fhirBaseUrl: 'https://ehr.example/fhir' })] };
 */
export function smartLaunch({ fhirBaseUrl }: SmartLaunchPluginOptions = {}): SmartLaunchPlugin {
  return {
    name: 'smart-launch',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {}, chunk }) {
        if (!chunk) return [];
        const allImports = ({ imports = [], dynamicImports = [] }: BuiltFile) => [...imports, ...dynamicImports];
        const usedFiles = reachableFiles(bundle, [chunk.fileName], allImports);
        if (!usedFiles.some(({ moduleIds }) => moduleIds?.some((id) => FILE.test(id)))) return [];
        const imported = (files: string[]) => reachableFiles(bundle, files, ({ imports = [] }) => imports);
        const loadedFiles = imported([chunk.fileName]);
        const chunksToPreload = usedFiles.filter(({ moduleIds }) => moduleIds?.some((id) => CHUNK.test(id)));
        // In the page, the URLs of all files of the build have the same prefix as that of the page's script.
        const [prefix = ''] = /[^"'=\s]*$/.exec(html.split(chunk.fileName, 1)[0] ?? '') ?? [];
        const links = imported(chunksToPreload.map(({ fileName }) => fileName))
          .filter((file) => !loadedFiles.includes(file))
          .map(({ fileName }) => link({ rel: 'modulepreload', href: prefix + fileName }));
        const smart = fhirBaseUrl && `${fhirBaseUrl.replace(/\/$/, '')}/.well-known/smart-configuration`;
        return smart ? [...links, link({ rel: 'preload', as: 'fetch', href: smart })] : links;
      },
    },
  };
}

/** The files with these names, and all files that are reached from them by following `next`; each once. */
function reachableFiles(
  bundle: NonNullable<BuiltPage['bundle']>,
  files: string[],
  next: (file: BuiltFile) => readonly string[],
): BuiltFile[] {
  const names = new Set(files);
  // The set grows during the loop.
  for (const name of names) for (const nextName of next(bundle[name] ?? { fileName: name })) names.add(nextName);
  return [...names].flatMap((name) => bundle[name] ?? []);
}

const link = (attrs: Record<string, string>): LinkTag => ({
  tag: 'link',
  // As in the requests that use the preloaded responses: CORS mode, and no cookies to other origins.
  attrs: { ...attrs, crossorigin: true },
  injectTo: 'head',
});

const FILE = /\/smart-launch\/dist\//;
const CHUNK = /\/smart-launch\/dist\/(es2019\/)?(engine|session|session-engine)\.js$/;
