// The output of the command: a text with the options of `createSmartClient` as code, or JSON.

import { styleText } from 'node:util';
import type { SmartFault } from '../error/smart-error.js';
import type { Finding } from './finding.js';
import type { Options } from './options.js';
import type { Question } from './question.js';

export interface Result {
  readonly question: Question;
  /** Whether an app can sign in from this origin with the options. */
  readonly isUsable: boolean;
  /** Absent if no metadata was found. */
  readonly options?: Options | undefined;
  readonly reasons: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
}

/** @param isColored whether the text has colours for a terminal */
export function asText({ question, isUsable, options, reasons, findings }: Result, isColored: boolean): string {
  const paint = (format: string, text: string) => (isColored ? styleText(format, text) : text);
  const lines = [visible(`${question.fhirBaseUrl}, from ${question.origin}`), ''];
  for (const { check, level, message, code, seen, url, fault, hint } of findings) {
    lines.push(`${paint(COLORS[level], level.padEnd(8))} ${visible(`${check}: ${message}${code ? ` [${code}]` : ''}`)}`);
    if (level === 'ok') continue;
    const details = [
      seen && `seen: ${seen}`,
      url && `at: ${url}`,
      hint && `to do: ${hint}`,
      fault && `fixed by: ${PARTIES[fault]}`,
    ];
    lines.push(...details.flatMap((text) => (text ? `${' '.repeat(9)}${visible(text)}` : [])));
  }
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  const verdict = !isUsable
    ? 'An app cannot sign in from this origin'
    : question.clientId === undefined
      ? 'Nothing prevents a sign-in from this origin, as far as it can be checked without --client-id'
      : 'An app can sign in from this origin';
  lines.push(
    '',
    paint(isUsable ? 'green' : 'red', `${verdict} (errors: ${count('error')}, warnings: ${count('warning')}).`),
  );
  const text = lines.join('\n');
  return options ? `${text}\n\n${asCode(options, reasons)}` : `${text}\n`;
}

export function asJson({ question, isUsable, options, findings }: Result): string {
  const { fhirBaseUrl, origin } = question;
  return `${JSON.stringify({ fhirBaseUrl, origin, isUsable, options: options ?? null, findings }, null, 2)}\n`;
}

/** The call of `createSmartClient`. */
function asCode(options: Options, reasons: Readonly<Record<string, string>>): string {
  const lines = Object.entries(options).map(
    ([name, value]) => `  ${name}: ${literal(value)},${reasons[name] ? ` // ${visible(reasons[name])}` : ''}`,
  );
  return [
    "import { createSmartClient } from 'smart-launch';",
    '',
    'export const smart = createSmartClient({',
    ...lines,
    '});',
    '',
  ].join('\n');
}

function literal(value: unknown): string {
  if (typeof value === 'string')
    return `'${escaped(JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'"))}'`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([name, member]) => `${name}: ${literal(member)}`)
    .join(', ')} }`;
}

/** A server's text on one line, without characters that control a terminal or change the direction of writing. */
const visible = (text: string): string => escaped(text.replace(/\s+/g, ' ').slice(0, MAX_LENGTH));

const escaped = (text: string): string =>
  text.replace(INVISIBLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

const INVISIBLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;
/** Maximum number of characters of a text. */
const MAX_LENGTH = 1_000;
const COLORS = { ok: 'green', note: 'cyan', warning: 'yellow', error: 'red' } as const;
const PARTIES: Record<SmartFault, string> = {
  app: 'the app: its options, or its registration at the server',
  server: "the server's operator",
  network: 'the network, or the server',
  browser: 'this machine',
  user: 'the user',
};
