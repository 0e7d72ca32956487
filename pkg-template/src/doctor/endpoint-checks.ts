// Findings from the endpoints: the start of a sign-in, an invalid code, and the endpoints that a sign-in does not need.

import type { SmartError, SmartRequestPurpose } from '../error/smart-error.js';
import { describe } from '../error/texts.js';
import type { SmartServerMetadata } from '../server/smart-server-metadata.js';
import type { Examination } from './examine.js';
import { flawOf, preflightFlaw } from './exchange.js';
import type { Exchange } from './exchange.js';
import { findingOfError, findingOfFlaw, summaryOf } from './finding.js';
import type { Finding } from './finding.js';
import { jsonObject } from './identity.js';

export function signIn({ question, signIn }: Examination, metadata: SmartServerMetadata): Finding[] {
  if (!signIn) return [];
  const { startError, start, page, refusal, token, tokenError } = signIn;
  // Without a client id, a refusal may only mean that the server does not know the app.
  const isRegistered = question.clientId !== undefined;
  if (startError) {
    // Missing PKCE has its own finding.
    if (startError.code === 'pkce_unsupported') return [];
    const isPushed = startError.purpose === 'pushed';
    const flaw = start && !startError.oauth ? flawOf(start, question.origin) : undefined;
    const finding = findingOfError(isPushed ? 'pushed-requests' : 'sign-in', 'error', startError, { ...flaw });
    return [isPushed && !isRegistered ? findingOfUnknownApp(finding) : finding];
  }
  return [
    ...authorization(page, refusal, isRegistered, metadata),
    ...tokens(token, tokenError, isRegistered, question.origin),
  ];
}

/** The finding as a note: without `--client-id`, it may only mean that the server does not know the app. */
const findingOfUnknownApp = (finding: Finding): Finding => ({ ...finding, level: 'note', hint: CLIENT_ID_HINT, fault: undefined });
const CLIENT_ID_HINT = 'Repeat it with `--client-id` and `--redirect-uri`: a server may answer so to an app that it does not know.';

function authorization(
  page: Exchange | undefined,
  refusal: SmartError | undefined,
  isRegistered: boolean,
  { authorizationEndpoint }: SmartServerMetadata,
): Finding[] {
  const check = 'authorization-endpoint';
  const url = authorizationEndpoint ?? undefined;
  if (!page) return [];
  const { status, failure } = page;
  const ok: Finding = { check, level: 'ok', message: 'the authorization endpoint shows a page, or redirects to one', url };
  if (refusal && !NEEDS_USER.includes(refusal.oauth?.error ?? '')) {
    const finding = findingOfError(check, 'error', refusal, { url });
    return [isRegistered ? finding : findingOfUnknownApp(finding)];
  }
  if (refusal) return [ok];
  const flaw = failure ? flawOf(page, '') : undefined;
  if (flaw) return [findingOfFlaw(check, 'error', undefined, flaw, url)];
  const seen = summaryOf(page);
  if (status === 404 || status === 405 || status >= 500) {
    const { message, fault } = describe({ code: 'http_status', status });
    return [
      {
        check,
        level: 'error',
        code: 'http_status',
        message: `${message} instead of a page to sign in`,
        hint: 'Check `authorization_endpoint` in the metadata.',
        fault,
        url,
        seen,
      },
    ];
  }
  if (status >= 400) {
    const message = 'the server refuses the authorization request, and shows that to the user';
    const hint = 'Compare `clientId`, `redirectUri` and `scope` with the registration of this app.';
    const finding: Finding = { check, level: 'error', message, hint, fault: 'app', url, seen };
    return [isRegistered ? finding : findingOfUnknownApp(finding)];
  }
  if (isJson(page)) {
    return [
      {
        check,
        level: 'warning',
        message: 'the authorization endpoint answers with JSON instead of a page to sign in',
        fault: 'server',
        url,
        seen,
      },
    ];
  }
  return [ok];
}

function tokens(
  token: Exchange | undefined,
  error: SmartError | undefined,
  isRegistered: boolean,
  origin: string,
): Finding[] {
  const check = 'token-endpoint';
  const url = token?.url ?? error?.url;
  // The library may refuse a response with a token for another reason.
  if (!error || (token?.status === 200 && jsonObject(token.body)?.access_token)) {
    return [
      { check, level: 'error', message: 'the token endpoint issued a token for an invalid code', fault: 'server', url },
    ];
  }
  // The library has refused to send the request.
  if (!token) return [findingOfError('sign-in', 'error', error)];
  const reason = error.oauth?.error;
  if (error.code === 'token_refused' && reason) {
    if (reason === 'invalid_client' || reason === 'unauthorized_client') {
      const finding = findingOfError(check, 'error', error, { url });
      return [isRegistered ? finding : findingOfUnknownApp(finding)];
    }
    const seen = [reason, error.oauth?.description].filter(Boolean).join(': ');
    if (reason === 'use_dpop_nonce' || reason === 'invalid_dpop_proof') {
      const hint = 'Import `createSmartClient` from `smart-launch/dpop`.';
      const message = 'the token endpoint requires tokens that are bound to a key (DPoP)';
      return [{ check, level: 'warning', code: error.code, message, hint, fault: 'app', url, seen }];
    }
    const message = 'the token endpoint refuses an invalid code, and a page can read the reason';
    return [{ check, level: 'ok', message, url, seen }];
  }
  const flaw = flawOf(token, origin);
  const isAbsent = error.status === 404 || error.status === 405;
  // With a valid code the same server may answer correctly.
  const isOnlyErrorFormat = error.code !== 'network' && error.code !== 'timeout' && error.code !== 'redirected' && !isAbsent;
  const level = isOnlyErrorFormat ? 'warning' : 'error';
  const finding = findingOfError(check, level, error, { ...flaw, url });
  if (isOnlyErrorFormat) {
    const hint =
      'An error has to be JSON with the member `error` (RFC 6749 §5.2); without it the app cannot tell an expired refresh token from an outage.';
    return [{ ...finding, hint, fault: 'server', seen: summaryOf(token) }];
  }
  const isCors = !token.failure && flaw?.code === 'network';
  return [isCors && !isRegistered ? findingOfUnknownApp(finding) : finding];
}

/**
 * Findings about the endpoints that a sign-in does not need. Problems of the FHIR API are errors, because an app signs in to use
 * it; others are warnings, or notes if the reason may be that the server does not know the app.
 */
export function otherEndpoints({ question, others }: Examination): Finding[] {
  return others.map(({ purpose, exchange, header }) => {
    const { url } = exchange;
    const check = CHECK_NAMES[purpose] ?? purpose;
    const flaw = header ? preflightFlaw(exchange, question.origin, header) : flawOf(exchange, question.origin);
    if (!flaw || flaw.code === 'http_status') {
      return {
        check,
        level: 'ok',
        message: header ? `a page may send the header \`${header}\`` : 'a page can read the response',
        url,
      };
    }
    const finding = findingOfFlaw(check, purpose === 'fhir' ? 'error' : 'warning', purpose, flaw, url);
    return header === undefined && question.clientId === undefined ? findingOfUnknownApp(finding) : finding;
  });
}

const isJson = ({ headers }: Exchange): boolean => /\bjson\b/.test(headers.get('content-type') ?? '');

const NEEDS_USER = ['login_required', 'interaction_required', 'consent_required', 'account_selection_required'];
/** Names of checks that differ from the purposes of their requests. */
const CHECK_NAMES: Partial<Record<SmartRequestPurpose, string>> = { fhir: 'fhir-api', pushed: 'pushed-requests', token: 'dpop' };
