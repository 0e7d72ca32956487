// @ts-nocheck
// Trusted Types: the URLs of workers in a page whose Content-Security-Policy has `require-trusted-types-for 'script'`.

/**
 * Makes URLs of this origin fit for such a page by a policy, which `trusted-types` in the Content-Security-Policy names.
 *
 * @param {string} name of the policy: one for each entry, because a page permits a name once
 * @returns {(url: URL | string) => TrustedScriptURL | string} the URL itself where there are no Trusted Types, or the page
 *   does not permit the policy
 */
export function createScriptUrls(name) {
  let policy;
  return (url) => {
    try {
      policy ??= globalThis.trustedTypes?.createPolicy(name, { createScriptURL });
      return policy?.createScriptURL(String(url)) ?? url;
    } catch {
      return url;
    }
  };
}

function createScriptURL(url) {
  if (new URL(url, location.href).origin !== location.origin) throw new TypeError('the worker is of another origin');
  return url;
}

/** Calls `start` while `Worker` takes what these URLs are made of: bundlers know `new Worker(new URL(…))` alone. */
export function withTrustedWorker(scriptUrl, start) {
  if (!globalThis.trustedTypes) return start();
  const { Worker } = globalThis;
  globalThis.Worker = class extends Worker {
    constructor(url, options) {
      super(scriptUrl(url), options);
    }
  };
  try {
    return start();
  } finally {
    globalThis.Worker = Worker;
  }
}
