// The endpoints in a CapabilityStatement (SMART App Launch 1.0, "Conformance"), of servers without a smart-configuration.

import type { SmartEndpoints } from '../client/options.js';
import { jsonObject, permittedUrl } from './identity.js';

interface Extension {
  readonly url?: unknown;
  readonly valueUri?: unknown;
  readonly extension?: readonly Extension[];
}

/** The endpoints of a CapabilityStatement; nothing unless it has both the authorization endpoint and the token endpoint. */
export function endpointsIn(body: string): SmartEndpoints | undefined {
  const { resourceType, rest } = jsonObject(body) ?? {};
  if (resourceType !== 'CapabilityStatement') return undefined;
  const extensions = objects(rest).flatMap(({ security }: { security?: { extension?: unknown } }) => objects(security?.extension));
  const endpoints = extensions.flatMap(({ url, extension }: Extension) => (url === OAUTH_URIS ? objects(extension) : []));
  const endpoint = (name: string) => permittedUrl(endpoints.find(({ url }: Extension) => url === name)?.valueUri);
  const [authorizationEndpoint, tokenEndpoint] = [endpoint('authorize'), endpoint('token')];
  const [revocationEndpoint, introspectionEndpoint] = [endpoint('revoke'), endpoint('introspect')];
  if (!authorizationEndpoint || !tokenEndpoint) return undefined;
  return {
    authorizationEndpoint,
    tokenEndpoint,
    ...(revocationEndpoint && { revocationEndpoint }),
    ...(introspectionEndpoint && { introspectionEndpoint }),
  };
}

/** The objects in a list. */
const objects = (value: unknown): Record<string, never>[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : [];

const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';
