// Masks secrets that a server repeats in a text, also percent-encoded, with JSON or HTML escapes, in base64 or in hexadecimal. As
// in src/protocol/echo.rs, only letters and digits are compared, regardless of case, with escapes decoded.

/** Runs of at least this many consecutive characters of a secret are masked; a shorter secret is masked only as a whole. */
const MASKED_LENGTH = 12;
/** Shorter texts are not secret. */
const SHORTEST = 5;
/** Length of the pieces that are looked up. If a text is cut into such pieces, every run to be masked contains one. */
const PIECE_LENGTH = 6;
const ESCAPES =
  /(?:\\|%(?:25)*5c)(?:u[\da-f]{4}|x[\da-f]{2})|(?:&|%(?:25)*26)(?:#|%(?:25)*23)(?:x[\da-f]{1,6}|\d{1,6})(?:;|%(?:25)*3b)?|%(?:25)*[\da-f]{2}|[^]/gi;

/** The text with asterisks in place of the secrets. */
export const masked = (text: string, secrets: readonly unknown[]): string => createMask(secrets)(text);

/**
 * Creates a function that masks texts, in time linear in the length of the text.
 *
 * @param secrets values other than strings are ignored
 */
export function createMask(secrets: readonly unknown[]): (text: string) => string {
  const pieces = new Set<string>();
  const short = new Set<string>();
  for (const secret of secrets) {
    if (typeof secret !== 'string') continue;
    for (const { letters } of [lettersOf(secret), ...[0, 1, 2].map((shift) => base64(secret, shift)), hexadecimal(secret)]) {
      if (letters.length < SHORTEST) continue;
      if (letters.length < MASKED_LENGTH) short.add(letters);
      else for (let at = 0; at + PIECE_LENGTH <= letters.length; at++) pieces.add(letters.slice(at, at + PIECE_LENGTH));
    }
  }
  const isPiece = (letters: string, at: number) => at >= 0 && pieces.has(letters.slice(at, at + PIECE_LENGTH));

  return (text) => {
    const { letters, starts, ends } = lettersOf(text);
    const runs: [from: number, to: number][] = [];
    for (const secret of short) {
      for (let at = letters.indexOf(secret); at >= 0; at = letters.indexOf(secret, at + 1)) runs.push([at, at + secret.length]);
    }
    for (let at = 0; at + PIECE_LENGTH <= letters.length; at += PIECE_LENGTH) {
      if (!isPiece(letters, at)) continue;
      let [from, to] = [at, at];
      while (isPiece(letters, from - 1)) from--;
      while (isPiece(letters, to + 1)) to++;
      at = to;
      if (to + PIECE_LENGTH - from >= MASKED_LENGTH) runs.push([from, to + PIECE_LENGTH]);
    }
    let result = '';
    let maskedUpTo = 0;
    for (const [from, to] of runs.sort(([a], [b]) => a - b)) {
      const [start = 0, end = 0] = [starts[from], ends[to - 1]];
      if (end <= maskedUpTo) continue;
      result += `${text.slice(maskedUpTo, Math.max(maskedUpTo, start))}***`;
      maskedUpTo = end;
    }
    return result + text.slice(maskedUpTo);
  };
}

/** Letters and digits of a text, with the position of each. */
function lettersOf(text: string): { letters: string; starts: number[]; ends: number[] } {
  let letters = '';
  const starts: number[] = [];
  const ends: number[] = [];
  if (!/[%\\&]/.test(text)) {
    for (const { index } of text.matchAll(/[a-z\d]/gi)) {
      starts.push(index);
      ends.push(index + 1);
    }
    return { letters: text.replace(/[^a-z\d]/gi, '').toLowerCase(), starts, ends };
  }
  for (const { 0: part, index } of text.matchAll(ESCAPES)) {
    const character = part.length === 1 ? part : characterOf(part);
    if (!/^[a-z\d]$/i.test(character)) continue;
    letters += character.toLowerCase();
    starts.push(index);
    ends.push(index + part.length);
  }
  return { letters, starts, ends };
}

const NUMBER = /(?:[ux]|^%(?:25)*)([\da-f]+)(?:;|%(?:25)*3b)?$|(?:#|23)(\d+)(?:;|%(?:25)*3b)?$/i;

function characterOf(escape: string): string {
  const [, hex, decimal] = NUMBER.exec(escape) ?? [];
  const number = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return number < 128 ? String.fromCharCode(number) : '';
}

/** The base64 characters of a text that do not depend on the bytes around it; `shift` bytes of its first group precede it. */
function base64(text: string, shift: number): { letters: string } {
  const bytes = String.fromCharCode(...new Array(shift).fill(0), ...new TextEncoder().encode(text).subarray(0, 60_000));
  const digits = btoa(bytes).slice(Math.ceil((shift * 4) / 3), Math.floor((bytes.length * 4) / 3));
  return { letters: digits.replace(/[^a-z\d]/gi, '').toLowerCase() };
}

/** A text in hexadecimal. */
function hexadecimal(text: string): { letters: string } {
  const bytes = [...new TextEncoder().encode(text).subarray(0, 60_000)];
  return { letters: bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('') };
}
