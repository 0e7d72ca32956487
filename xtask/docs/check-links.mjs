// Checks that every link inside the site and inside the repository's Markdown has a target.
//
//   node check-links.mjs SITE FILE.md …

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const [site = '', ...files] = process.argv.slice(2);
/** @type {string[]} */
const broken = [];
let links = 0;

const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
for (const page of pages) {
  const from = join(site, page);
  for (const [, target = ''] of read(from).matchAll(/(?:href|src)="([^"]*)"/g)) check(from, target.replaceAll('&amp;', '&'), idsOf);
}
for (const file of files) {
  const prose = read(file).replaceAll(/^```.*?^```/gms, '');
  for (const [, target = ''] of prose.matchAll(/\]\(([^)\s]*)\)/g)) check(file, target, headingAnchorsOf);
}

/** @param {string} from @param {string} target @param {(file: string) => Set<string | undefined>} anchorsOf */
function check(from, target, anchorsOf) {
  if (/^[a-z]+:/i.test(target)) return;
  links += 1;
  const [path, anchor] = target.split('#');
  const to = path ? resolve(dirname(from), decodeURIComponent(path)) : resolve(from);
  const exists = existsSync(to) && (!anchor || statSync(to).isDirectory() || anchorsOf(to).has(decodeURIComponent(anchor)));
  if (!exists) broken.push(`${relative(process.cwd(), from)}: ${target}`);
}

/** @param {string} page */
function idsOf(page) {
  return new Set([...read(page).matchAll(/\bid="([^"]*)"/g)].map(([, id]) => id));
}

/**
 * The anchors that GitHub generates for the headings of a file.
 *
 * @param {string} file
 */
function headingAnchorsOf(file) {
  const headings = [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text.toLowerCase());
  return new Set(headings.map((text) => text.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-')));
}

/** @param {string} file */
function read(file) {
  return readFileSync(file, 'utf8');
}

if (broken.length > 0) {
  console.error(`broken links:\n${broken.join('\n')}`);
  process.exitCode = 1;
} else {
  console.log(`${links} links in ${pages.length} pages and ${files.length} files are valid`);
}
