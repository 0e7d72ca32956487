// Chooses the options of `createSmartClient` for a server by its metadata.

import type { SmartServerMetadata } from '../server/smart-server-metadata.js';
import type { SmartClientBehaviour, SmartEndpoints, SmartServerOptions } from '../client/options.js';
import { wordsOf } from '../values/words.js';
import { isInsecureLoopback, isSameServer } from './identity.js';
import type { IssuerDocument } from './identity.js';
import type { Question } from './question.js';

export type Options = SmartServerOptions & SmartClientBehaviour;

/** Facts about the server by which the options are chosen. */
export interface Facts {
  readonly fhirBaseUrl: string;
  /** The smart-configuration, or the metadata in its place. */
  readonly metadata?: SmartServerMetadata | undefined;
  /** Whether a page can see that there is no smart-configuration. */
  readonly isKnownAbsent?: boolean | undefined;
  /** The endpoints of the CapabilityStatement, if there is no smart-configuration. */
  readonly endpoints?: SmartEndpoints | undefined;
  readonly issuer?: IssuerDocument | undefined;
  /** Whether a page can read the server's keys. */
  readonly hasKeys: boolean;
}

export const CLIENT_ID = 'YOUR_CLIENT_ID';

/** The options, and the reasons for the less usual ones. */
export function optionsFor(question: Question, facts: Facts): { options: Options; reasons: Record<string, string> } {
  const { metadata, isKnownAbsent, endpoints, issuer } = facts;
  const reasons: Record<string, string> = {};
  const options: Options = {
    fhirBaseUrl: facts.fhirBaseUrl,
    clientId: question.clientId ?? CLIENT_ID,
    scope: question.scope ?? scopeFor(facts),
    redirectUri: question.redirectUri,
  };
  if (question.clientId === undefined) reasons.clientId = 'the id that the server gave this app';
  if (facts.fhirBaseUrl !== question.fhirBaseUrl) reasons.fhirBaseUrl = `not ${question.fhirBaseUrl}`;

  if (issuer && endpoints) {
    options.issuer = issuer.issuer;
    reasons.issuer = 'the server has no smart-configuration; this is where its metadata is';
  } else if (issuer && metadata && metadata.issuer !== issuer.issuer && isSameServer(issuer, metadata)) {
    options.issuer = issuer.issuer;
    reasons.issuer = 'the issuer that names itself in its OpenID configuration';
    if (metadata.issuer) {
      options.metadataIssuer = metadata.issuer;
      reasons.metadataIssuer = 'the issuer in the smart-configuration';
    }
  }
  if (question.issuer !== undefined) {
    options.issuer = question.issuer;
    reasons.issuer = 'from --issuer';
  }
  if (endpoints && !(issuer && isKnownAbsent)) {
    const { jwks_uri: jwksUri } = issuer?.members ?? {};
    options.endpoints = { ...endpoints, ...(typeof jwksUri === 'string' && { jwksUri }) };
    reasons.endpoints = 'from the CapabilityStatement';
  }
  const pushEndpoint = issuer?.members.pushed_authorization_request_endpoint;
  if (metadata && requiresPush(metadata) && !metadata.pushedAuthorizationRequestEndpoint && typeof pushEndpoint === 'string') {
    options.endpoints = { ...options.endpoints, pushedAuthorizationRequestEndpoint: pushEndpoint };
  }

  const mode = metadata && responseModeFor(metadata);
  if (mode) {
    options.responseMode = mode;
    reasons.responseMode = 'the server does not list `query`';
  }
  if (metadata?.warnings.some(({ code }) => code === 'pkce_not_advertised') && !isPlainOnly(metadata)) {
    options.acceptServerWithoutS256 = true;
    reasons.acceptServerWithoutS256 = 'the server does not list S256';
  }
  const urls = [facts.fhirBaseUrl, metadata?.authorizationEndpoint, metadata?.tokenEndpoint, metadata?.jwksUri];
  if (urls.some((url) => url && isInsecureLoopback(url))) {
    options.allowInsecureLoopback = true;
    reasons.allowInsecureLoopback = 'for a server on this machine only';
  }
  return { options, reasons };
}

/** The scopes of a standalone launch that reads a patient's data. */
function scopeFor({ metadata, issuer, hasKeys }: Facts): string {
  const has = (capability: string) => metadata?.capabilities.includes(capability);
  const isV1 = has('permission-v1') && !has('permission-v2');
  const hasOpenId = hasKeys && (has('sso-openid-connect') || (!metadata?.capabilities.length && issuer));
  return [...(hasOpenId ? ['openid', 'fhirUser'] : []), 'launch/patient', isV1 ? 'patient/*.read' : 'patient/*.rs'].join(
    ' ',
  );
}

/** The response mode to request, if the server excludes the default. */
function responseModeFor({ configuration }: SmartServerMetadata): 'fragment' | 'form_post' | undefined {
  const supported = configuration.response_modes_supported;
  if (!Array.isArray(supported) || supported.includes('query')) return undefined;
  return (['fragment', 'form_post'] as const).find((mode) => supported.includes(mode));
}

export const requiresPush = ({ configuration }: SmartServerMetadata): boolean =>
  configuration.require_pushed_authorization_requests === true;

/** Whether the server lists the PKCE method `plain` and not S256. */
export function isPlainOnly({ configuration }: SmartServerMetadata): boolean {
  const methods = configuration.code_challenge_methods_supported;
  return Array.isArray(methods) && methods.includes('plain') && !methods.includes('S256');
}

/** Whether scopes ask for an ID token. */
export const wantsIdToken = (scope: string | undefined): boolean => wordsOf(scope).includes('openid');
