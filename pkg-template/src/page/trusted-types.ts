// Trusted Types: the URLs of workers in a page whose Content-Security-Policy has `require-trusted-types-for 'script'`.

/**
 * Converts the URL of a worker to the type that the page requires: a TrustedScriptURL, declared as a string because
 * TypeScript does not know it.
 */
export type ScriptUrls = (url: URL | string) => URL | string;

interface Policy {
  createScriptURL(url: string): string;
}
interface Factory {
  createPolicy(name: string, rules: Policy): Policy;
}

/**
 * Creates a function that converts URLs of this origin, by a policy that `trusted-types` in the Content-Security-Policy names.
 *
 * @param name of the policy: one for each entry, because a page permits a name once
 * @returns a function that returns the URL unchanged in a browser without Trusted Types, or if the page does not permit the policy
 */
export function createScriptUrls(name: string): ScriptUrls {
  let policy: Policy | undefined;
  return (url) => {
    try {
      policy ??= factory()?.createPolicy(name, { createScriptURL });
      return policy?.createScriptURL(String(url)) ?? url;
    } catch {
      return url;
    }
  };
}

// Trusted Types are not in every browser, nor in the DOM types of TypeScript.
const factory = () => (globalThis as { trustedTypes?: Factory }).trustedTypes;

function createScriptURL(url: string): string {
  if (new URL(url, location.href).origin !== location.origin) throw new TypeError('the worker is of another origin');
  return url;
}

/** Calls `start` while `Worker` converts its URL by `scriptUrl`: bundlers recognize only `new Worker(new URL(…))`. */
export function withTrustedWorker<Result>(scriptUrl: ScriptUrls, start: () => Result): Result {
  if (!factory()) return start();
  const { Worker } = globalThis;
  globalThis.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(scriptUrl(url), options);
    }
  };
  try {
    return start();
  } finally {
    globalThis.Worker = Worker;
  }
}
