// The OpenID configurations of a server.

import type { SmartServerMetadata } from '../server/smart-server-metadata.js';
import { isLoopbackHost } from '../values/loopback.js';
import type { Exchange } from './exchange.js';

/**
 * An OpenID configuration whose member `issuer` is the issuer for which the document was requested, or that issuer with a final
 * slash.
 */
export interface IssuerDocument {
  readonly issuer: string;
  readonly exchange: Exchange;
  readonly members: Readonly<Record<string, unknown>>;
}

type Endpoints = Pick<SmartServerMetadata, 'authorizationEndpoint' | 'tokenEndpoint'>;

/** Issuers whose OpenID configuration may describe these endpoints: the URLs above them. */
export function issuersAbove({ authorizationEndpoint, tokenEndpoint }: Endpoints): string[] {
  const issuers = [tokenEndpoint, authorizationEndpoint].flatMap((endpoint) => {
    if (!endpoint) return [];
    const { origin, pathname } = new URL(endpoint);
    const parts = pathname.split('/').slice(1, -1);
    return [...parts.map((_, index) => `${origin}/${parts.slice(0, parts.length - index).join('/')}`), origin];
  });
  return [...new Set(issuers)].slice(0, MAX_ISSUERS);
}

/** URL of an issuer's OpenID configuration (OpenID Connect Discovery 1.0 §4). */
export const openidUrl = (issuer: string): string => `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;

/**
 * The OpenID configuration of `issuer` in a response; nothing if it states another issuer. It may add a final slash to `issuer`.
 */
export function issuerDocument(issuer: string, exchange: Exchange): IssuerDocument | undefined {
  const members = exchange.status === 200 ? jsonObject(exchange.body) : undefined;
  const documentIssuer = members?.issuer;
  const isOfIssuer = documentIssuer === issuer || documentIssuer === `${issuer}/`;
  return members && isOfIssuer ? { issuer: documentIssuer as string, exchange, members } : undefined;
}

/** Whether an OpenID configuration has this token endpoint, and so is about the same authorization server. */
export const isSameServer = ({ members }: IssuerDocument, { tokenEndpoint }: Endpoints): boolean =>
  members.token_endpoint === tokenEndpoint;

export function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The URL in normal form, if a request may be sent to it: https, or http on this machine. */
export function permittedUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const { protocol, href } = new URL(value);
  return protocol === 'https:' || isInsecureLoopback(href) ? href : undefined;
}

/** Whether a URL is http on this machine, which needs `allowInsecureLoopback`. */
export function isInsecureLoopback(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && isLoopbackHost(hostname);
}

/** Maximum number of issuers above the endpoints. */
const MAX_ISSUERS = 4;
