// Findings from the metadata: the address, the documents and PKCE.

import { describe } from '../error/texts.js';
import type { SmartWarningCode } from '../error/smart-warning.js';
import type { SmartServerMetadata } from '../server/smart-server-metadata.js';
import type { Examination } from './examine.js';
import { flawOf } from './exchange.js';
import { findingOfError, summaryOf } from './finding.js';
import type { Finding } from './finding.js';
import { isPlainOnly } from './options.js';

export function address({ question, discovery, first }: Examination): Finding[] {
  const check = 'fhir-base';
  const { fhirBaseUrl } = question;
  if (first?.error) {
    const finding = findingOfError(check, 'warning', first.error, { fault: 'app', url: fhirBaseUrl });
    return [{ ...finding, hint: `Set \`fhirBaseUrl\` to ${discovery.fhirBaseUrl}`, seen: summaryOf(first.exchange) }];
  }
  if (!fhirBaseUrl.endsWith('/')) return [];
  const message = '`fhirBaseUrl` ends with a slash, which is sent in `aud`: some servers refuse it';
  return [{ check, level: 'warning', message, hint: 'Set it without the slash.', fault: 'app' }];
}

export function discovery({ question, discovery, metadata, statement }: Examination): Finding[] {
  const check = 'smart-configuration';
  const { exchange, error } = discovery;
  const findings: Finding[] = [];
  if (!error && exchange) {
    findings.push({ check, level: 'ok', message: 'the smart-configuration can be read and used', url: exchange.url });
  } else if (error) {
    // The sign-in works without a smart-configuration if the CapabilityStatement has the endpoints.
    const level = statement && metadata ? 'warning' : 'error';
    const exchangeFlaw = exchange && flawOf(exchange, question.origin);
    // The usual reason is a wrong address, whether or not the response has CORS headers.
    const flaw = exchange?.status === 404 ? { ...exchangeFlaw, fault: 'app' as const, hint: undefined } : exchangeFlaw;
    findings.push(findingOfError(check, level, error, { ...flaw, url: exchange?.url ?? discovery.fhirBaseUrl }));
  }
  if (statement && metadata) {
    const message = 'the endpoints are in the CapabilityStatement';
    findings.push({ check: 'capability-statement', level: 'ok', message, url: statement.url });
  } else if (statement) {
    const message = 'there is no CapabilityStatement with endpoints in the place of a smart-configuration';
    const hint = 'Check `fhirBaseUrl`: it is the URL below which the server has `metadata` and `Patient`.';
    findings.push({
      check: 'capability-statement',
      level: 'note',
      message,
      hint,
      fault: 'app',
      url: statement.url,
      seen: summaryOf(statement),
    });
  }
  for (const { code, message } of metadata?.warnings ?? []) {
    if (!PKCE_WARNINGS.includes(code)) findings.push({ check, level: 'warning', code, message, fault: 'server' });
  }
  return findings;
}

export function pkce(metadata: SmartServerMetadata): Finding[] {
  const check = 'pkce';
  const { warnings, configuration } = metadata;
  const findings = warnings
    .filter(({ code }) => code === 'pkce_plain_advertised')
    .map(({ code, message }): Finding => ({ check, level: 'warning', code, message, fault: 'server' }));
  if (!warnings.some(({ code }) => code === 'pkce_not_advertised')) {
    // If the options name the endpoints, the PKCE methods of the server are unknown.
    if (!Object.hasOwn(configuration, 'code_challenge_methods_supported')) return [];
    return [{ check, level: 'ok', message: 'PKCE with S256 is supported' }, ...findings];
  }
  const { message, hint } = describe({ code: 'pkce_unsupported' });
  const code = 'pkce_unsupported';
  if (isPlainOnly(metadata)) {
    const hint = "Tell the server's operator: S256 is required, and `plain` must not be supported.";
    return [{ check, level: 'error', code, message, hint, fault: 'server', seen: 'the only method is `plain`' }];
  }
  return [...findings, { check, level: 'warning', code, message, hint, fault: 'server' }];
}

export function clock({ discovery: { exchange } }: Examination): Finding[] {
  const date = Date.parse(exchange?.headers.get('date') ?? '');
  if (!exchange || Number.isNaN(date)) return [];
  const seconds = Math.round((exchange.at - date) / 1_000);
  if (Math.abs(seconds) <= CLOCK_SKEW) return [];
  const { hint } = describe({ code: 'clock_skew' });
  const message = `the clock of this machine is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} that of the server`;
  return [
    {
      check: 'clock',
      level: 'warning',
      code: 'clock_skew',
      message,
      hint: `If that of the server is right: ${hint.charAt(0).toLowerCase()}${hint.slice(1)}`,
      fault: 'browser',
    },
  ];
}

const PKCE_WARNINGS: readonly SmartWarningCode[] = ['pkce_not_advertised', 'pkce_plain_advertised'];
/** Seconds by which the clocks may differ. */
const CLOCK_SKEW = 60;
