// A table of docs/real-servers.md, between two marks. It has a row for each server and configuration.

/**
 * @param {string} name in the marks
 * @param {readonly string[]} columns after the first, which has the server
 */
export function createTable(name, columns) {
  const mark = `<!-- ${name} -->`;
  const head = [['server', ...columns], ['server', ...columns].map(() => '---')].map((cells) => `| ${cells.join(' | ')} |`);

  /** @param {string} document */
  const partsOf = (document) => {
    const parts = document.split(mark);
    if (parts.length !== 3) throw new Error(`docs/real-servers.md lacks the marks ${mark}`);
    return /** @type {[string, string, string]} */ (parts);
  };

  return {
    columns,

    /**
     * The row of a server and its configuration.
     *
     * @param {string} title
     * @param {Record<string, string>} cells
     */
    createRow: (title, cells) => `| ${[title, ...columns.map((column) => cells[column])].join(' | ')} |`,

    /**
     * The document's rows.
     *
     * @param {string} document
     */
    rowsIn: (document) => partsOf(document)[1].split('\n').filter(Boolean).slice(head.length),

    /**
     * The document with these rows.
     *
     * @param {string} document
     * @param {string[]} rows
     */
    withRows(document, rows) {
      const [before, , after] = partsOf(document);
      return [before, `\n${[...head, ...rows].join('\n')}\n`, after].join(mark);
    },

    /**
     * A sentence for each cell of `rows` that differs from `previousRows` and, if the run `isComplete`, for each missing row.
     *
     * @param {string[]} previousRows
     * @param {string[]} rows
     * @param {boolean} isComplete
     */
    differences(previousRows, rows, isComplete) {
      const missing = isComplete ? previousRows.filter((previous) => !rows.some((row) => isSameServer(row, previous))) : [];
      const cells = rows.flatMap((row) => {
        const previous = previousRows.find((previous) => isSameServer(row, previous));
        const expected = previous ? cellsOf(previous) : [];
        const actual = cellsOf(row);
        // The first cells of both rows can differ only in the version.
        return ['version', ...columns].flatMap((column, at) =>
          actual[at] === expected[at] ? [] : [`${keyOf(row)}, ${column}: ${actual[at]}, not ${expected[at] ?? 'in the table'}`],
        );
      });
      return [...cells, ...missing.map((row) => `${keyOf(row)} is in the table, and not among the servers`)];
    },
  };
}

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
export const isSameServer = (one, other) => keyOf(one) === keyOf(other);

/**
 * Returns `previousRows`, replaced by `rows` where server and configuration are the same, and the other `rows` after them.
 *
 * @param {string[]} previousRows
 * @param {string[]} rows
 */
export const mergedRows = (previousRows, rows) => [
  ...previousRows.map((previous) => rows.find((row) => isSameServer(row, previous)) ?? previous),
  ...rows.filter((row) => !previousRows.some((previous) => isSameServer(row, previous))),
];

/** @param {string} line */
const cellsOf = (line) => line.slice(2, -2).split(' | ');
/** The title without the version. @param {string} line */
const keyOf = (line) => titleOf(line).replace(/ \d[\w.]*/, '');
