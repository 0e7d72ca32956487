// Makes Node resolve imports like a bundler for browsers.

/** @type {import('node:module').ResolveHook} */
export const resolve = (specifier, context, next) => {
  const of = (/** @type {string} */ name) => next(name, { ...context, conditions: ['browser', ...context.conditions] });
  if (/^(svelte|esm-env)(\/|$)/.test(specifier)) return of(specifier);
  if (specifier === '@sveltejs/kit') return of(new URL('sveltekit.mjs', import.meta.url).href);
  // The tests write the files of the docs as modules with this extension.
  const isOfDocs = /^\.\.?\//.test(specifier) && context.parentURL?.includes('/frameworks/') && !specifier.endsWith('.mjs');
  return isOfDocs ? next(`${specifier}.mjs`, context) : next(specifier, context);
};
