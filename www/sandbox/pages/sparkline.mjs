/** A small line chart of a value over time, oldest reading first. */

import { html } from './html.mjs';

const WIDTH = 128;
const HEIGHT = 32;
const MARGIN = 4;

/** @param {number[][]} series one list of values for each line */
export function sparkline(series) {
  const values = series.flat();
  const low = Math.min(...values);
  const span = Math.max(...values) - low;
  const longest = Math.max(...series.map(({ length }) => length));
  if (longest < 2) return undefined;

  /** @param {number} index */
  const x = (index) => MARGIN + (index / (longest - 1)) * (WIDTH - 2 * MARGIN);
  /** @param {number} value */
  const y = (value) => HEIGHT - MARGIN - (span ? (value - low) / span : 0.5) * (HEIGHT - 2 * MARGIN);
  /** @param {number} value @param {number} index */
  const point = (value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`;

  return html`<svg class="sparkline" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">
  ${series.map(
    (line) => html`<polyline points="${line.map(point).join(' ')}" />
  <circle cx="${x(line.length - 1).toFixed(1)}" cy="${y(line.at(-1) ?? NaN).toFixed(1)}" r="2.4" />`,
  )}
</svg>`;
}
