/** The common parts of all pages: head, brand, and the notice that this is a sandbox. */

import { html } from './html.mjs';

export const ORGANIZATION = 'Lakeside Health';

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%230b6b73'/%3E%3Cpath d='M5 18h6l3-8 5 13 3-5h5' fill='none' stroke='%23fff' stroke-width='2.6' stroke-linecap='round' stroke-linejoin='round'/%3E%3C/svg%3E";

const MARK = html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
  <rect width="32" height="32" rx="8" />
  <path d="M5 18h6l3-8 5 13 3-5h5" />
</svg>`;

/**
 * @param {object} page
 * @param {string} page.title
 * @param {unknown} page.body markup
 * @param {string} [page.kind] a class of the body, for the style sheet
 * @returns {string} the whole document
 */
export function document({ title, body, kind = '' }) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ${ORGANIZATION} sandbox</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="/style.css">
</head>
<body class="${kind}">
${body}
</body>
</html>`.toString();
}

/** The brand at the top of every page. */
export const brand = html`<span class="brand">${MARK}<span class="brand-name">${ORGANIZATION}</span></span>
<span class="badge">Sandbox</span>`;

/**
 * A page with a single task, in the middle of the window.
 *
 * @param {object} page
 * @param {string} page.title
 * @param {unknown} page.content
 * @param {string} [page.width] `narrow` or `wide`
 */
export function dialog({ title, content, width = 'narrow' }) {
  return document({
    title,
    kind: `dialog ${width}`,
    body: html`<header class="top">${brand}</header>
<main class="card">
${content}
</main>
<footer class="fine-print">Synthetic data, served from this computer.</footer>`,
  });
}

/**
 * A circle with initials, coloured by the name.
 *
 * @param {string} name
 */
export function avatar(name) {
  const words = name.replace(/^Dr\. /, '').split(' ');
  const initials = [words.at(0), words.at(-1)].map((word) => word?.charAt(0)).join('');
  const hue = [...name].reduce((sum, character) => sum + Number(character.codePointAt(0)), 0) % 6;
  return html`<span class="avatar hue-${hue}" aria-hidden="true">${initials}</span>`;
}
