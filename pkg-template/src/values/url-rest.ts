// URLs under a base.

/**
 * The part of a URL after a base, which begins with a slash, `?` or `#`, or is empty; `undefined` for a URL outside the base.
 * A base may be an origin, whose normal form ends with a slash.
 */
export function restOf({ href }: URL, base: string): string | undefined {
  const root = new URL(base).href.replace(/\/$/, '');
  const rest = href.startsWith(root) ? href.slice(root.length) : undefined;
  return rest !== undefined && /^(?:[/?#]|$)/.test(rest) ? rest : undefined;
}
