// docs/real-servers.md: text, with the table between two marks. It has a row for each server and configuration.

import { CELLS } from './drive.mjs';

/**
 * The row of a server and its configuration.
 *
 * @param {string} title
 * @param {Record<string, string>} cells
 */
export const line = (title, cells) => `| ${[title, ...CELLS.map((cell) => cells[cell])].join(' | ')} |`;

/**
 * The server, its version and its configuration.
 *
 * @param {string} line
 */
export const titleOf = (line) => cellsOf(line)[0] ?? '';

/**
 * Whether two rows are for the same server and configuration, regardless of the version.
 *
 * @param {string} one
 * @param {string} other
 */
export const sameRow = (one, other) => rowOf(one) === rowOf(other);

/**
 * The document's rows.
 *
 * @param {string} document
 */
export const rowsIn = (document) => between(document).split('\n').filter(Boolean).slice(HEAD.length);

/**
 * The document with these rows.
 *
 * @param {string} document
 * @param {string[]} rows
 */
export function withRows(document, rows) {
  const [before, , after] = document.split(MARK);
  return [before, `\n${[...HEAD, ...rows].join('\n')}\n`, after].join(MARK);
}

/**
 * The `known` rows, replaced by the `made` rows for the same server and configuration, and the new rows.
 *
 * @param {string[]} known
 * @param {string[]} made
 */
export const mergedRows = (known, made) => [
  ...known.map((row) => made.find((one) => sameRow(one, row)) ?? row),
  ...made.filter((one) => !known.some((row) => sameRow(one, row))),
];

/**
 * A sentence for each cell that differs from the known one and, if the run `isWhole`, for each row that is missing.
 *
 * @param {string[]} known
 * @param {string[]} made
 * @param {boolean} isWhole
 */
export function differences(known, made, isWhole) {
  const gone = isWhole ? known.filter((row) => !made.some((one) => sameRow(one, row))) : [];
  const cells = made.flatMap((one) => {
    const before = known.find((row) => sameRow(one, row));
    const expected = before ? cellsOf(before) : [];
    const now = cellsOf(one);
    return ['version', ...CELLS].flatMap((name, at) =>
      now[at] === expected[at] ? [] : [`${rowOf(one)}, ${name}: ${now[at]}, not ${expected[at] ?? 'in the table'}`],
    );
  });
  return [...cells, ...gone.map((row) => `${rowOf(row)} is in the table, and not among the servers`)];
}

/** @param {string} line */
const cellsOf = (line) => line.slice(2, -2).split(' | ');
/** @param {string} line */
const rowOf = (line) => titleOf(line).replace(/ \d[\w.]*/, '');

/** @param {string} document */
function between(document) {
  const [, table] = document.split(MARK);
  if (table === undefined) throw new Error(`docs/real-servers.md lacks the mark ${MARK}`);
  return table;
}

const HEAD = [['server', ...CELLS], ['server', ...CELLS].map(() => '---')].map((cells) => `| ${cells.join(' | ')} |`);
const MARK = '<!-- table -->';
