// Findings from the OpenID configuration and the keys.

import { describe } from '../error/texts.js';
import type { SmartServerMetadata } from '../server/smart-server-metadata.js';
import type { Examination } from './examine.js';
import { flawOf } from './exchange.js';
import { findingOfFlaw, summaryOf } from './finding.js';
import type { Finding } from './finding.js';
import { isSameServer, jsonObject } from './identity.js';
import { wantsIdToken } from './options.js';

export function identity(examination: Examination, metadata: SmartServerMetadata): Finding[] {
  const { question, issuer, issuers, options } = examination;
  const findings: Finding[] = [];
  const check = 'issuer';
  if (issuer && !isSameServer(issuer, metadata)) {
    const { message, fault } = describe({
      code: 'discovery_issuer',
      about: "the issuer's OpenID configuration names another token endpoint than the smart-configuration",
    });
    const hint = 'With several servers the sign-in is refused, unless `issuer` is set.';
    findings.push({ check, level: 'warning', code: 'discovery_issuer', message, hint, fault, url: issuer.exchange.url });
  } else if (issuer && metadata.issuer && issuer.issuer !== metadata.issuer) {
    const { message, hint } = describe({
      code: 'discovery_issuer',
      about: 'the smart-configuration names another issuer than the OpenID configuration of its authorization server',
    });
    const seen = `${metadata.issuer}, and ${issuer.issuer}`;
    findings.push({ check, level: 'warning', code: 'discovery_issuer', message, hint, fault: 'server', seen });
  } else if (issuer) {
    findings.push({
      check,
      level: 'ok',
      message: 'the OpenID configuration of the issuer is about the same server',
      url: issuer.exchange.url,
    });
  } else if (metadata.issuer) {
    const exchange = issuers.get(metadata.issuer);
    const flaw = exchange && flawOf(exchange, question.origin);
    const document = exchange?.status === 200 ? jsonObject(exchange.body) : undefined;
    if (typeof document?.issuer === 'string') {
      const { message, hint } = describe({ code: 'discovery_issuer' });
      const seen = `${document.issuer} instead of ${metadata.issuer}`;
      findings.push({
        check,
        level: 'warning',
        code: 'discovery_issuer',
        message,
        hint,
        fault: 'server',
        url: exchange?.url,
        seen,
      });
    } else {
      const message = 'the issuer has no OpenID configuration that a page can read';
      const hint =
        'With several servers set `issuer`, or the sign-in is refused. UserInfo needs `endpoints.userinfoEndpoint`.';
      findings.push({ check, level: 'note', message, hint, url: exchange?.url, seen: flaw?.seen ?? summaryOf(exchange) });
    }
  }
  return [...findings, ...keys(examination, wantsIdToken(options.scope))];
}

function keys({ question, keys }: Examination, isNeeded: boolean): Finding[] {
  const check = 'keys';
  const level = isNeeded ? 'error' : 'warning';
  if (!keys) {
    if (!isNeeded) return [];
    const message =
      'neither the smart-configuration nor the OpenID configuration has `jwks_uri`, so ID tokens cannot be verified';
    const hint = 'Set `endpoints.jwksUri`, or leave `openid` out of the scope.';
    return [{ check, level, code: 'discovery_invalid', message, hint, fault: 'server' }];
  }
  const { url } = keys;
  const flaw = flawOf(keys, question.origin);
  if (flaw) {
    const finding = findingOfFlaw(check, level, 'jwks', flaw, url);
    return [
      {
        ...finding,
        hint: `${finding.hint} Otherwise serve a copy of the keys, and set \`endpoints.jwksUri\`; or leave \`openid\` out of the scope.`,
      },
    ];
  }
  const list = jsonObject(keys.body)?.keys;
  if (!Array.isArray(list)) {
    const { message, hint, fault } = describe({ code: 'json_invalid', purpose: 'jwks' });
    return [{ check, level, code: 'json_invalid', message, hint, fault, url }];
  }
  const count = list.filter(isUsable).length;
  if (count > 0) return [{ check, level: 'ok', message: `the keys can be read: ${count} for signatures`, url }];
  const { fault } = describe({ code: 'id_token_invalid' });
  const message = 'no key at `jwks_uri` verifies signatures of a supported algorithm';
  const hint = 'Supported are RSA keys, the curves P-256 and P-384, and Ed25519.';
  return [{ check, level, code: 'id_token_invalid', message, hint, fault, url, seen: `${list.length} keys` }];
}

function isUsable(key: unknown): boolean {
  const { kty, use, crv } = (key ?? {}) as Record<string, unknown>;
  if (use !== undefined && use !== 'sig') return false;
  return kty === 'RSA' || (kty === 'EC' && (crv === 'P-256' || crv === 'P-384')) || (kty === 'OKP' && crv === 'Ed25519');
}
