// The examples in docs/server-frameworks.md: the files of each section.

import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const PAGE = readFileSync(new URL('../../docs/server-frameworks.md', import.meta.url), 'utf8');

/**
 * The files of a section, by path: the blocks whose first line is a comment with the name of the file.
 *
 * @param {string} title
 * @returns {Map<string, string>}
 */
export function filesOf(title) {
  const section = PAGE.split(/^## /m).find((text) => text.startsWith(`${title}\n`));
  const blocks = [...(section ?? '').matchAll(/^```\w+\n(?:\/\/ (\S+)|<!-- (\S+) -->)\n(.*?)^```$/gms)];
  if (blocks.length === 0) throw new Error(`docs/server-frameworks.md has no files for ${title}`);
  return new Map(blocks.map(([, name, nameInMarkup = '', code = '']) => [name ?? nameInMarkup, code]));
}

/**
 * Writes files below a directory.
 *
 * @param {string} directory
 * @param {Iterable<readonly [string, string]>} files
 */
export async function writeFiles(directory, files) {
  for (const [path, text] of files) {
    const file = join(directory, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}
