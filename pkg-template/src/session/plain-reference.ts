// References so simple that every URL parser resolves them to the same URL.

/** Path segments of letters, digits, `_`, `-` and `$`, and a query of characters that need no encoding in a query. */
const PLAIN = /^[A-Za-z$][\w$-]*(\/[\w$-]+)*(\?[\w$/?&=|,.:;~+-]*)?$/;

/**
 * The URL of a plain reference, as the engine resolves it; `undefined` for any other, which only the engine resolves.
 *
 * @param base FHIR base in normal form
 */
export function resolvePlain(base: string | undefined, reference: string): string | undefined {
  if (base === undefined) return undefined;
  const root = base.endsWith('/') ? base : `${base}/`;
  const relative = reference.startsWith(root) ? reference.slice(root.length) : reference;
  return PLAIN.test(relative) ? root + relative : undefined;
}
