// docs/real-servers.md: text, and between two marks the table: a line for each server and configuration.

import { CELLS } from './drive.mjs';

/** A line for a server and its configuration. */
export const line = (title, cells) => `| ${[title, ...CELLS.map((cell) => cells[cell])].join(' | ')} |`;

export const cellsOf = (line) => line.slice(2, -2).split(' | ');

/** Which row a line is: the server and its configuration, whatever the version. */
export const rowOf = (line) => cellsOf(line)[0].replace(/ \d[\w.]*/, '');

/** The document's rows. */
export const rowsIn = (document) => between(document).split('\n').filter(Boolean).slice(HEAD.length);

/** The document with these rows. */
export function withRows(document, rows) {
  const [before, , after] = document.split(MARK);
  return [before, `\n${[...HEAD, ...rows].join('\n')}\n`, after].join(MARK);
}

function between(document) {
  const [, table] = document.split(MARK);
  if (table === undefined) throw new Error(`docs/real-servers.md lacks the mark ${MARK}`);
  return table;
}

const HEAD = [['server', ...CELLS], ['server', ...CELLS].map(() => '---')].map((cells) => `| ${cells.join(' | ')} |`);
const MARK = '<!-- table -->';
