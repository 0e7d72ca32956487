// docs/speed.md: text, with the results of each benchmark between two marks.

import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { plot } from './plot.mjs';
import { quartiles, ratio } from './quartiles.mjs';
import { SECTIONS } from './sections.mjs';

/**
 * Writes the page's figures and plots, and returns a summary.
 *
 * @param {string} docs the directory
 * @typedef {import('./quartiles.mjs').Quartiles} Quartiles
 *
 * @param {Record<string, import('./sections.mjs').Samples>} samples by section, column, implementation and round
 * @param {Record<string, string>} engines versions by engine
 */
export async function writePage(docs, samples, engines) {
  const path = `${docs}/speed.md`;
  let document = withBlock(await readFile(path, 'utf8'), 'run', await describeRun(engines));
  /** @type {string[]} */
  const summary = [];
  /** @type {number[]} */
  const medians = [];
  for (const [name, section] of Object.entries(SECTIONS)) {
    const { columns, compared, ratios, about, figures } = findings(section, Object.entries(samples[name] ?? {}));
    const image = `![${section.title}, as in the table below](speed/${name}.svg)`;
    const block = [image, table(columns, ratios), about, table(columns, figures)];
    document = withBlock(document, name, block.join('\n\n'));
    await writeFile(`${docs}/speed/${name}.svg`, plot(section.title, compared, spread));
    summary.push(section.title, ...aligned([columns, ...ratios]), about, ...aligned([columns, ...figures]), '');
    medians.push(...compared.flatMap(({ rows }) => rows.map(({ ratio }) => ratio[1])));
  }
  await writeFile(path, document);
  const [least, most] = [Math.min(...medians), Math.max(...medians)];
  return [...summary, `${medians.length} ratios, from ${fixed(least)} to ${fixed(most)}`].join('\n');
}

/**
 * The contents of a section: its ratios, for the plot and as table rows, and its figures as table rows.
 *
 * @param {import('./sections.mjs').Section} section
 * @param {[column: string, samples: Record<string, number[]>][]} columns
 */
function findings({ figure, names, pairs }, columns) {
  const compared = pairs.map(([ours, theirs]) => ({
    name: `${names[ours]} ÷ ${names[theirs]}`,
    rows: columns.flatMap(([name, { [ours]: our, [theirs]: their }]) =>
      our && their ? [{ name, ratio: ratio(our, their) }] : [],
    ),
  }));
  const head = columns.map(([name]) => name);
  const median = (/** @type {number[] | undefined} */ values) => (values ? figure.format(quartiles(values)[1]) : NONE);
  const [values = []] = Object.values(columns[0]?.[1] ?? {});
  return {
    columns: ['', ...head],
    compared,
    ratios: compared.map(({ name, rows }) => [
      name,
      ...head.map((column) => rows.find((row) => row.name === column)).map((row) => (row ? spread(row.ratio) : NONE)),
    ]),
    about: `${figure.unit}, medians of ${values.length} rounds:`,
    figures: Object.entries(names).map(([file, name]) => [name, ...columns.map(([, samples]) => median(samples[file]))]),
  };
}

/** In place of a figure that an implementation does not have. */
const NONE = '–';

/**
 * Median and quartiles.
 *
 * @param {Quartiles} ratio
 */
const spread = ([first, median, third]) => `${fixed(median)} (${fixed(first)}–${fixed(third)})`;

/** @param {number} ratio */
const fixed = (ratio) => ratio.toFixed(2);

/** @param {Record<string, string>} engines */
async function describeRun(engines) {
  const versions = Object.entries(engines);
  for (const library of ['smart-launch', 'fhirclient', 'jose', 'oauth4webapi', 'oidc-client-ts']) {
    const manifest = new URL(`node_modules/${library}/package.json`, import.meta.url);
    versions.push([library, JSON.parse(await readFile(manifest, 'utf8')).version]);
  }
  const machine = `${availableParallelism()} cores, ${process.platform}, ${process.arch}`;
  const date = new Date().toISOString().slice(0, 10);
  return `Run on ${date}, ${machine}: ${versions.map((entry) => entry.join(' ')).join(', ')}.`;
}

/** @param {string} document @param {string} name @param {string} text */
function withBlock(document, name, text) {
  const mark = `<!-- ${name} -->`;
  const [before, , after, ...rest] = document.split(mark);
  if (after === undefined || rest.length > 0) throw new Error(`speed.md does not contain exactly two marks ${mark}`);
  return [before, `\n${text}\n`, after].join(mark);
}

/** @param {string[]} head @param {string[][]} rows */
const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** @param {string[][]} rows */
function aligned(rows) {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((cells) => cells[at]?.length ?? 0)));
  return rows.map((cells) => `  ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd());
}
