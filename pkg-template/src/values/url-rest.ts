// URLs under a base.

/**
 * The part of a URL after a base: it begins with a slash, `?` or `#`, or is empty; `undefined` for a URL outside the base.
 * A slash at the end of the base does not count, because the normal form of an origin has one.
 */
export function restOf({ href }: URL, base: string): string | undefined {
  const root = new URL(base).href.replace(/\/$/, '');
  const rest = href.startsWith(root) ? href.slice(root.length) : undefined;
  return rest !== undefined && /^(?:[/?#]|$)/.test(rest) ? rest : undefined;
}
