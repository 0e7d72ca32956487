// The command `smart-launch doctor`: checks whether an app can sign in at a server from its origin, and with which options.

import { parseArgs } from 'node:util';
import { normalizeScope } from '../blocks/blocks.js';
import { SmartError } from '../error/smart-error.js';
import { findings } from './checks.js';
import { examine } from './examine.js';
import type { Question } from './question.js';
import { asJson, asText } from './report.js';
import type { Result } from './report.js';

/** Runs the command, and returns the exit status: 0 if an app can sign in, 1 if not, 2 for wrong usage. */
export async function doctor(
  args: readonly string[],
  { write, writeError, isColored, timeoutSeconds = 10 }: Output,
): Promise<number> {
  let input: Input;
  try {
    input = await readArguments(args, timeoutSeconds);
  } catch (error) {
    writeError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  if (input === 'help') {
    write(USAGE);
    return 0;
  }
  const result = await diagnose(input.question);
  write(input.isJson ? asJson(result) : asText(result, isColored));
  return result.isUsable ? 0 : 1;
}

/** The output of the command. */
interface Output {
  write(text: string): void;
  writeError(text: string): void;
  readonly isColored: boolean;
  readonly timeoutSeconds?: number | undefined;
}

type Input = 'help' | { readonly question: Question; readonly isJson: boolean };

async function diagnose(question: Question): Promise<Result> {
  const examination = await examine(question);
  const allFindings = findings(examination);
  const isUsable = !allFindings.some(({ level }) => level === 'error');
  const { options, reasons, metadata } = examination;
  return { question, isUsable, options: metadata && options, reasons, findings: allFindings };
}

async function readArguments(args: readonly string[], timeoutSeconds: number): Promise<Input> {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  if (values.help) return 'help';
  const text = (name: string) => {
    const value = values[name];
    if (value === '') throw new Error(`--${name} is empty`);
    return value === undefined ? undefined : String(value);
  };
  const [fhirBaseUrl, ...extraArguments] = positionals;
  if (fhirBaseUrl === undefined || extraArguments.length > 0) throw new Error('exactly one FHIR base URL is needed');
  urlOf('FHIR_BASE', fhirBaseUrl);
  const redirectOption = text('redirect-uri');
  if (redirectOption !== undefined) urlOf('--redirect-uri', redirectOption);
  const origin = urlOf('--origin', text('origin') ?? redirectOption ?? 'https://app.example').origin;
  // Servers compare the redirect URI as a string, so it is used as it was given.
  const redirectUri = redirectOption ?? `${origin}/`;
  const issuer = text('issuer');
  if (issuer !== undefined) urlOf('--issuer', issuer);
  const scope = text('scope');
  if (scope !== undefined) {
    await normalizeScope(scope).catch((error: unknown) => {
      throw SmartError.is(error) ? new Error(`--scope: ${error.message}`) : error;
    });
  }
  const clientId = text('client-id');
  const question: Question = { fhirBaseUrl, origin, redirectUri, clientId, issuer, scope, timeoutSeconds };
  return { question, isJson: values.json === true };
}

function urlOf(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Error(`${name} must be an absolute http or https URL, not '${text}'`);
  if (url.username || url.password || url.hash) throw new Error(`${name} must not have a user, a password or a fragment`);
  return url;
}

const OPTIONS = {
  'client-id': { type: 'string' },
  issuer: { type: 'string' },
  origin: { type: 'string' },
  scope: { type: 'string' },
  'redirect-uri': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

export const USAGE = `Usage: smart-launch doctor FHIR_BASE [options]

Checks whether an app can sign in at a SMART server from its origin, and prints the options for createSmartClient.

  --client-id ID        the app's id at the server; without it some findings are only notes
  --origin URL          the origin of the app (default: that of the redirect URI, else https://app.example)
  --redirect-uri URL    as registered (default: the origin with a slash)
  --scope "SCOPES"      scopes to request (default: a standalone launch that reads a patient's data)
  --issuer URL          the issuer that the app requires (default: from the server's metadata)
  --json                print JSON
  --help

       smart-launch --version

Exit status: 0 an app can sign in, 1 it cannot, 2 wrong usage.
`;
