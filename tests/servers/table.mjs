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
    line: (title, cells) => `| ${[title, ...columns.map((column) => cells[column])].join(' | ')} |`,

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
     * A sentence for each cell that differs from the known one and, if the run `isWhole`, for each row that is missing.
     *
     * @param {string[]} known
     * @param {string[]} made
     * @param {boolean} isWhole
     */
    differences(known, made, isWhole) {
      const gone = isWhole ? known.filter((row) => !made.some((one) => sameRow(one, row))) : [];
      const cells = made.flatMap((one) => {
        const before = known.find((row) => sameRow(one, row));
        const expected = before ? cellsOf(before) : [];
        const now = cellsOf(one);
        return ['version', ...columns].flatMap((column, at) =>
          now[at] === expected[at] ? [] : [`${rowOf(one)}, ${column}: ${now[at]}, not ${expected[at] ?? 'in the table'}`],
        );
      });
      return [...cells, ...gone.map((row) => `${rowOf(row)} is in the table, and not among the servers`)];
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
export const sameRow = (one, other) => rowOf(one) === rowOf(other);

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

/** @param {string} line */
const cellsOf = (line) => line.slice(2, -2).split(' | ');
/** @param {string} line */
const rowOf = (line) => titleOf(line).replace(/ \d[\w.]*/, '');
