// Findings from the capabilities, and from optional features.

import { describe } from '../error/texts.js';
import type { SmartServerMetadata } from '../server/smart-server-metadata.js';
import { wordsOf } from '../values/words.js';
import type { Examination } from './examine.js';
import type { Finding } from './finding.js';
import { requiresPush } from './options.js';

/** Compares the scopes with the capabilities (SMART App Launch 2.2, "Conformance"). */
export function capabilities({ options }: Examination, metadata: SmartServerMetadata): Finding[] {
  const check = 'capabilities';
  const statedCapabilities = metadata.capabilities;
  if (statedCapabilities.length === 0) return [];
  const missing = (capability: string, reason: string, hint: string): Finding[] =>
    statedCapabilities.includes(capability)
      ? []
      : [
          {
            check,
            level: 'warning',
            message: `the server does not state the capability \`${capability}\`, ${reason}`,
            hint,
            fault: 'app',
          },
        ];
  const scopes = wordsOf(options.scope);
  const findings = [
    ...missing('launch-standalone', 'so the app may have to be launched from the EHR', 'Start it at a launch URL.'),
    ...scopes.flatMap((scope) => {
      const [capability, reason] = capabilityFor(scope) ?? [];
      return capability
        ? missing(
            capability,
            reason ?? `which the scope \`${scope}\` needs`,
            `Leave \`${scope}\` out, or ask the server's operator.`,
          )
        : [];
    }),
  ];
  const methods = metadata.configuration.token_endpoint_auth_methods_supported;
  if (!statedCapabilities.includes('client-public') && !(Array.isArray(methods) && methods.includes('none'))) {
    const hint = 'Ask whether it registers public clients; if it does not, sign in on a server: `smart-launch/server`.';
    findings.push(...missing('client-public', 'so an app in a browser may be refused', hint));
  }
  const messages = findings.map(({ message }) => message);
  const unique = findings.filter(({ message }, index) => messages.indexOf(message) === index);
  return unique.length > 0 ? unique : [{ check, level: 'ok', message: 'the capabilities cover the scopes' }];
}

/** The capability that a scope needs. */
function capabilityFor(scope: string): [capability: string, reason?: string] | undefined {
  const capability = CAPABILITY_BY_SCOPE[scope];
  if (capability) return [capability];
  if (/^(patient|user)\/.+\.(read|write|\*)$/.test(scope))
    return ['permission-v1', `which scopes such as \`${scope}\` need`];
  if (/^(patient|user)\/.+\.c?r?u?d?s?(\?.*)?$/.test(scope))
    return ['permission-v2', `which scopes such as \`${scope}\` need`];
  return undefined;
}

const CAPABILITY_BY_SCOPE: Record<string, string> = {
  'launch/patient': 'context-standalone-patient',
  'launch/encounter': 'context-standalone-encounter',
  launch: 'launch-ehr',
  openid: 'sso-openid-connect',
  fhirUser: 'sso-openid-connect',
  offline_access: 'permission-offline',
  online_access: 'permission-online',
};

export function features({ options }: Examination, metadata: SmartServerMetadata): Finding[] {
  const { configuration } = metadata;
  const findings: Finding[] = [];
  if (options.responseMode) {
    const message = `the server does not list the response mode \`query\`: \`responseMode\` is \`${options.responseMode}\``;
    findings.push({ check: 'response-mode', level: 'note', message });
  }
  if (requiresPush(metadata)) {
    const message = 'the server requires pushed authorization requests, which the client then sends';
    findings.push({ check: 'pushed-requests', level: 'note', message });
  }
  const proofAlgorithms = configuration.dpop_signing_alg_values_supported;
  if (Array.isArray(proofAlgorithms) && proofAlgorithms.includes('ES256')) {
    findings.push({ check: 'dpop', level: 'note', message: 'tokens can be bound to a key (DPoP) by `smart-launch/dpop`' });
  } else if (proofAlgorithms !== undefined) {
    const { message, hint } = describe({ code: 'dpop_unsupported' });
    findings.push({ check: 'dpop', level: 'note', code: 'dpop_unsupported', message, hint, seen: String(proofAlgorithms) });
  }
  return findings;
}
