// Searches brands while the user types.

import type { Brand } from './brand.js';

/** Returns the brands, the best match first. Every word of the text has to begin a word of the name, an alias or an address. */
export type BrandSearch = (text: string, options?: BrandSearchOptions) => readonly Brand[];

export interface BrandSearchOptions {
  /** Maximum number of brands. Default 20. */
  limit?: number | undefined;
}

/** Scores of a match by the field in which the word is; an address has the lowest. */
const PLACE = 1;
const ALIAS = 2;
const NAME = 3;
const FIELD_BITS = 2;
const FIELD_MASK = 3;
/** Additional score of a name that begins with the whole text; a name that is equal to the text gets twice as much. */
const BEGINNING = 8;
const MAX_WORDS = 8;
const MAX_LENGTH = 200;
const DEFAULT_LIMIT = 20;

/**
 * Prepares a search by name, alias, city, state and postal code. Case and accents make no difference.
 *
 * @example
 * const search = createBrandSearch(loaded.brands);
 * for (const { name, endpoints } of search('st mary bost')) show({ name, endpoints });
 */
export function createBrandSearch(brands: readonly Brand[]): BrandSearch {
  // Sorted by name, which is the order of brands with the same score.
  const named = brands.map((brand) => ({ brand, name: wordsOf(brand.name).join(' ') }));
  named.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const sorted = named.map(({ brand }) => brand);
  const names = named.map(({ name }) => name);
  // For each word, the brands that have it: the brand's position and the field of the word, packed into one number.
  const index = new Map<string, number[]>();
  sorted.forEach((brand, position) => {
    for (const [word, field] of fieldsOf(brand)) {
      const positions = index.get(word);
      if (positions) positions.push((position << FIELD_BITS) | field);
      else index.set(word, [(position << FIELD_BITS) | field]);
    }
  });
  const words = [...index.keys()].sort();
  const postings = words.map((word) => Uint32Array.from(index.get(word) ?? []));
  index.clear();
  const matchCounts = new Uint8Array(sorted.length);
  const scores = new Uint8Array(sorted.length);
  const wordScores = new Uint8Array(sorted.length);

  /** Adds the best score for one word of the text to each brand that also has all earlier words. */
  function addWord(prefix: string, earlierWords: number): void {
    wordScores.fill(0);
    for (let wordIndex = lowerBound(words, prefix); words[wordIndex]?.startsWith(prefix); wordIndex += 1) {
      const exact = words[wordIndex] === prefix ? 1 : 0;
      for (const posting of postings[wordIndex] ?? []) {
        const position = posting >> FIELD_BITS;
        const score = (posting & FIELD_MASK) * 2 + exact;
        if (score > (wordScores[position] ?? 0)) wordScores[position] = score;
      }
    }
    for (let position = 0; position < wordScores.length; position += 1) {
      const score = wordScores[position] ?? 0;
      if (score === 0 || matchCounts[position] !== earlierWords) continue;
      matchCounts[position] = earlierWords + 1;
      scores[position] = (scores[position] ?? 0) + score;
    }
  }

  return (text, { limit = DEFAULT_LIMIT } = {}) => {
    const searchWords = wordsOf(text.slice(0, MAX_LENGTH)).slice(0, MAX_WORDS);
    if (searchWords.length === 0 || !(limit > 0)) return [];
    scores.fill(0);
    matchCounts.fill(0);
    searchWords.forEach(addWord);
    const wholeText = searchWords.join(' ');
    const ranks: Brand[][] = [];
    for (const [position, brand] of sorted.entries()) {
      if (matchCounts[position] !== searchWords.length) continue;
      const name = names[position] ?? '';
      const bonus = name === wholeText ? 2 * BEGINNING : name.startsWith(wholeText) ? BEGINNING : 0;
      const rank = (ranks[(scores[position] ?? 0) + bonus] ??= []);
      if (rank.length < limit) rank.push(brand);
    }
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
function lowerBound(words: readonly string[], word: string): number {
  let [low, high] = [0, words.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((words[middle] ?? '') < word) low = middle + 1;
    else high = middle;
  }
  return low;
}
