// References that stand for one URL alone, however they are read.

/** Path segments of letters, digits, `_`, `-` and `$`, and a query of characters that are not encoded there. */
const PLAIN = /^[A-Za-z$][\w$-]*(\/[\w$-]+)*(\?[\w$/?&=|,.:;~+-]*)?$/;

/**
 * The URL that the engine makes of a plain reference; nothing of any other, which is the engine's to resolve.
 *
 * @param base FHIR base in normal form
 */
export function under(base: string | undefined, reference: string): string | undefined {
  if (base === undefined) return undefined;
  const root = base.endsWith('/') ? base : `${base}/`;
  const relative = reference.startsWith(root) ? reference.slice(root.length) : reference;
  return PLAIN.test(relative) ? root + relative : undefined;
}
