// A plot of ratios as SVG: a point for the median, a bar between the quartiles, on a scale on which half and double are equally
// far from 1.

const WIDTH = 720;
const LABEL_WIDTH = 190;
const FIGURE_WIDTH = 140;
const LINE_HEIGHT = 22;
const MARGIN = 16;
const TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];

/**
 * @param {string} title
 * @typedef {import('./quartiles.mjs').Quartiles} Quartiles
 *
 * @typedef {{ name: string, rows: Array<{ name: string, ratio: Quartiles }> }} Group
 *
 * @param {Group[]} groups
 * @param {(ratio: Quartiles) => string} spread
 */
export function plot(title, groups, spread) {
  const ticks = ticksAround(groups.flatMap(({ rows }) => rows.flatMap(({ ratio }) => ratio)));
  const [least, most] = [Math.log(Number(ticks[0])), Math.log(Number(ticks.at(-1)))];
  const right = WIDTH - MARGIN - FIGURE_WIDTH;
  /** @param {number} ratio */
  const x = (ratio) => round(LABEL_WIDTH + ((Math.log(ratio) - least) / (most - least)) * (right - LABEL_WIDTH));
  /** @type {({ group: string } | Group['rows'][number])[]} */
  const lines = groups.flatMap(({ name, rows }) => [{ group: name }, ...rows]);
  const top = MARGIN + 2 * LINE_HEIGHT;
  const bottom = top + lines.length * LINE_HEIGHT;
  const height = bottom + LINE_HEIGHT + MARGIN;
  const grid = ticks.flatMap((tick) => [
    `<path class="${tick === 1 ? 'one' : 'grid'}" d="M${x(tick)} ${top}V${bottom}"/>`,
    `<text class="tick" x="${x(tick)}" y="${bottom + 16}">${tick}</text>`,
  ]);
  const marks = lines.flatMap((line, at) => {
    const y = top + at * LINE_HEIGHT + LINE_HEIGHT / 2;
    if ('group' in line) return [`<text class="group" x="${MARGIN}" y="${y + 4}">${escapeXml(line.group)}</text>`];
    const { name, ratio } = line;
    const [first, median, third] = ratio.map(x);
    return [
      `<text x="${MARGIN + 12}" y="${y + 4}">${escapeXml(name)}</text>`,
      `<path class="spread" d="M${first} ${y}H${third}"/>`,
      `<circle cx="${median}" cy="${y}" r="4.5"/>`,
      `<text x="${right + 16}" y="${y + 4}">${spread(ratio)}</text>`,
    ];
  });
  const texts = groups.map(({ name, rows }) => `${name}: ${rows.map((row) => `${row.name} ${spread(row.ratio)}`).join('; ')}.`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escapeXml(title)}, smart-launch ÷ other library</title>`,
    `<desc id="desc">${escapeXml(texts.join(' '))}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="panel" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>`,
    `<text class="group" x="${MARGIN}" y="${MARGIN + 12}">${escapeXml(title)}</text>`,
    `<text class="less" x="${x(1) - 10}" y="${top - 8}">← less</text>`,
    `<text x="${x(1) + 10}" y="${top - 8}">smart-launch takes more →</text>`,
    ...grid,
    ...marks,
    '</svg>\n',
  ].join('\n');
}

/**
 * Ticks from the one below all ratios to the one above all ratios. 1 is always among them.
 *
 * @param {number[]} ratios
 */
function ticksAround(ratios) {
  const [least, most] = [Math.min(1, ...ratios), Math.max(1, ...ratios)];
  const first = TICKS.findLastIndex((tick) => tick <= least);
  const last = TICKS.findIndex((tick) => tick > most);
  return TICKS.slice(first, last + 1);
}

/** @param {number} number */
const round = (number) => Number(number.toFixed(1));

/** @param {string} value */
const escapeXml = (value) => value.replaceAll('`', '').replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** The plot has its own background, because a page may be dark while the browser is light. */
const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.group { font-weight: 600; paint-order: stroke; stroke: #fff; stroke-width: 4; }
.tick { text-anchor: middle; fill: #59636e; }
.less { text-anchor: end; }
.panel { fill: #fff; stroke: #d1d9e0; }
.grid { stroke: #d1d9e0; }
.one { stroke: #59636e; stroke-width: 1.5; }
.spread { stroke: #0969da; stroke-width: 3; stroke-linecap: round; }
circle { fill: #0969da; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; }
  .group { stroke: #0d1117; }
  .tick { fill: #9198a1; }
  .panel { fill: #0d1117; stroke: #3d444d; }
  .grid { stroke: #3d444d; }
  .one { stroke: #9198a1; }
  .spread { stroke: #4493f8; }
  circle { fill: #4493f8; }
}
`;
