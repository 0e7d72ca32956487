// Rewrites the page links of a Bundle (the member `link` of the outermost object) while its bytes are streamed. All other bytes
// are unchanged, so that numbers keep their digits and large Bundles are not held in memory.

/** Longest `link` that is rewritten, in bytes. */
const LONGEST_LINK = 65_536;

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];
const OPENING = [0x7b, 0x5b];
const CLOSING = [0x7d, 0x5d];
const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** @param rewrite returns the URL that replaces `url` */
export function rewriteLinks(rewrite: (url: string) => string): TransformStream<Uint8Array, Uint8Array> {
  let depth = 0;
  let isInText = false;
  let isEscaped = false;
  /** The first five bytes of the last string at depth 1, without its quotes: a member's name if a colon follows. */
  let name: number[] = [];
  /** Whether the next value is that of the member `link`. */
  let isLinkNext = false;
  /** The value of `link` so far. */
  let linkBytes: number[] | undefined;

  function rewritten(bytes: readonly number[]): Uint8Array {
    const whole = Uint8Array.from(bytes);
    try {
      const links: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(whole));
      if (!Array.isArray(links)) return whole;
      let isChanged = false;
      for (const link of links as ({ url?: unknown } | null)[]) {
        if (typeof link?.url !== 'string') continue;
        const { url } = link;
        link.url = rewrite(url);
        isChanged ||= link.url !== url;
      }
      // The `link` of a Patient has no `url`, and may contain numbers whose digits must stay the same.
      if (!isChanged) return whole;
      return new TextEncoder().encode(JSON.stringify(links));
    } catch {
      return whole;
    }
  }

  return new TransformStream({
    transform(chunk, controller) {
      /** All bytes before this position were passed on, or are in `linkBytes`. */
      let from = 0;
      const pass = (to: number) => {
        if (to > from) controller.enqueue(chunk.subarray(from, to));
        from = to;
      };
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at] as number;
        if (linkBytes) {
          linkBytes.push(byte);
          from = at + 1;
          if (linkBytes.length > LONGEST_LINK) {
            controller.enqueue(Uint8Array.from(linkBytes));
            linkBytes = undefined;
          }
        }
        if (isInText) {
          if (isEscaped) isEscaped = false;
          else if (byte === BACKSLASH) isEscaped = true;
          else if (byte === QUOTE) isInText = false;
          if (depth === 1 && isInText && name.length < 5) name.push(byte);
          continue;
        }
        if (isSpace(byte)) continue;
        if (byte === QUOTE) {
          isInText = true;
          isLinkNext = false;
          name = [];
        } else if (byte === COLON) {
          isLinkNext = depth === 1 && String.fromCharCode(...name) === 'link';
        } else if (OPENING.includes(byte)) {
          if (isLinkNext && depth === 1 && !linkBytes) {
            pass(at);
            linkBytes = [byte];
            from = at + 1;
          }
          isLinkNext = false;
          depth += 1;
        } else if (CLOSING.includes(byte)) {
          depth -= 1;
          if (linkBytes && depth === 1) {
            controller.enqueue(rewritten(linkBytes));
            linkBytes = undefined;
          }
        } else {
          isLinkNext = false;
        }
      }
      if (!linkBytes) pass(chunk.length);
    },
    flush(controller) {
      if (linkBytes) controller.enqueue(Uint8Array.from(linkBytes));
    },
  });
}
