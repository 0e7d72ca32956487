// Makes Node resolve Svelte like a bundler that builds for browsers.

/** @type {import('node:module').ResolveHook} */
export const resolve = (specifier, context, next) =>
  /^(svelte|esm-env)(\/|$)/.test(specifier)
    ? next(specifier, { ...context, conditions: ['browser', ...context.conditions] })
    : next(specifier, context);
