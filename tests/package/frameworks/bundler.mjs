// A hook for Node that resolves imports like a bundler for browsers.

/** @type {import('node:module').ResolveHook} */
export const resolve = (specifier, context, next) => {
  const inBrowser = (/** @type {string} */ name) => next(name, { ...context, conditions: ['browser', ...context.conditions] });
  if (/^(svelte|esm-env)(\/|$)/.test(specifier)) return inBrowser(specifier);
  if (specifier === '@sveltejs/kit') return inBrowser(new URL('sveltekit.mjs', import.meta.url).href);
  // The tests write the files of the docs as modules with the extension `.mjs`.
  const isDocsFile = /^\.\.?\//.test(specifier) && context.parentURL?.includes('/frameworks/') && !specifier.endsWith('.mjs');
  return isDocsFile ? next(`${specifier}.mjs`, context) : next(specifier, context);
};
