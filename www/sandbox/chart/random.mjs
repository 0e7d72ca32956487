/**
 * Numbers that look random but are the same at every start: a small seeded generator.
 *
 * Charts must not differ between starts, so that tests and screenshots can rely on their values.
 */

/**
 * A source of noise for one patient.
 *
 * @param {string} seed any text; the same text gives the same numbers
 * @returns {Noise}
 *
 * @typedef {object} Noise
 * @property {() => number} uniform from 0 up to, not including, 1
 * @property {(spread: number) => number} around a bell-like value between -spread and +spread
 */
export function noise(seed) {
  let state = fnv1a(seed);
  // mulberry32: 32 bits of state are plenty for some hundred readings.
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  /** @param {number} spread */
  const around = (spread) => ((uniform() + uniform() + uniform()) / 1.5 - 1) * spread;
  return { uniform, around };
}

/**
 * FNV-1a, 32 bits.
 *
 * @param {string} text
 */
function fnv1a(text) {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash;
}
