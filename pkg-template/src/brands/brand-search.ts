// Search for brands as one types.

import type { Brand } from './brand.js';

/** Returns the brands in which every word of the text begins a word of the name, an alias or an address, best first. */
export type BrandSearch = (text: string, options?: BrandSearchOptions) => readonly Brand[];

export interface BrandSearchOptions {
  /** Default 20. */
  limit?: number | undefined;
}

/** Ranks of a word's place in a brand. */
const PLACE = 1;
const ALIAS = 2;
const NAME = 3;
const FIELD_BITS = 2;
/** For a name that begins with the whole text, and one that is the text. */
const BEGINNING = 8;
const WORDS = 8;
const TEXT = 200;
const LIMIT = 20;

/**
 * Prepares a search by name, alias, city, state and postal code. Case and accents make no difference.
 *
 * @example
 * const search = createBrandSearch(loaded.brands);
 * for (const { name, endpoints } of search('st mary bost')) show({ name, endpoints });
 */
export function createBrandSearch(brands: readonly Brand[]): BrandSearch {
  // Equally good brands are in the order of their names.
  const sorted = brands.map((brand) => ({ brand, name: wordsOf(brand.name).join(' ') }));
  sorted.sort((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
  const index = new Map<string, number[]>();
  sorted.forEach(({ brand }, ordinal) => {
    for (const [word, field] of fieldsOf(brand)) {
      const found = index.get(word);
      if (found) found.push((ordinal << FIELD_BITS) | field);
      else index.set(word, [(ordinal << FIELD_BITS) | field]);
    }
  });
  const words = [...index.keys()].sort();
  const scores = new Uint16Array(sorted.length);
  const matches = new Uint8Array(sorted.length);
  const best = new Uint8Array(sorted.length);

  return (text, { limit = LIMIT } = {}) => {
    const sought = wordsOf(text.slice(0, TEXT)).slice(0, WORDS);
    if (sought.length === 0 || !(limit > 0)) return [];
    scores.fill(0);
    matches.fill(0);
    sought.forEach((prefix, position) => {
      best.fill(0);
      for (let at = firstFrom(words, prefix); words[at]?.startsWith(prefix); at += 1) {
        const word = words[at] ?? '';
        const exact = word === prefix ? 1 : 0;
        for (const posting of index.get(word) ?? []) {
          const ordinal = posting >> FIELD_BITS;
          const score = (posting & ((1 << FIELD_BITS) - 1)) * 2 + exact;
          if (score > (best[ordinal] ?? 0)) best[ordinal] = score;
        }
      }
      for (let ordinal = 0; ordinal < best.length; ordinal += 1) {
        const score = best[ordinal] ?? 0;
        if (score === 0 || matches[ordinal] !== position) continue;
        matches[ordinal] = position + 1;
        scores[ordinal] = (scores[ordinal] ?? 0) + score;
      }
    });
    const whole = sought.join(' ');
    const ranks: Brand[][] = [];
    sorted.forEach(({ brand, name }, ordinal) => {
      if (matches[ordinal] !== sought.length) return;
      const bonus = name === whole ? 2 * BEGINNING : name.startsWith(whole) ? BEGINNING : 0;
      const rank = (ranks[(scores[ordinal] ?? 0) + bonus] ??= []);
      if (rank.length < limit) rank.push(brand);
    });
    return ranks.reverse().flat().slice(0, limit);
  };
}

/** The words of a brand, each with its best field. */
function fieldsOf({ name, aliases, addresses }: Brand): Map<string, number> {
  const fields = new Map<string, number>();
  const add = (text: string | undefined, field: number) => {
    for (const word of wordsOf(text ?? '')) if (!fields.has(word)) fields.set(word, field);
  };
  add(name, NAME);
  for (const alias of aliases) add(alias, ALIAS);
  for (const { city, state, postalCode } of addresses) for (const text of [city, state, postalCode]) add(text, PLACE);
  return fields;
}

/** Letters that Unicode does not decompose. */
const LETTERS: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ı: 'i' };

/** Words without case, accents and apostrophes. */
function wordsOf(text: string): string[] {
  const folded = text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[\p{M}'’]/gu, '')
    .replace(/[ßæœøłđı]/g, (letter) => LETTERS[letter] ?? letter);
  return folded.match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Position of the first word that is not before `word`. */
function firstFrom(words: readonly string[], word: string): number {
  let [low, high] = [0, words.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((words[middle] ?? '') < word) low = middle + 1;
    else high = middle;
  }
  return low;
}
