// The smart-configuration document of a server.

import { withSmartErrors, warnings, withChunk } from '../error/create-error.js';
import { loadMetadata } from '../server/load-metadata.js';
import type { SmartServerMetadata } from '../server/smart-server-metadata.js';
import type { URL } from '../values/platform.js';
import { run } from './run-block.js';

/** Returns the URL of a server's smart-configuration: the FHIR base followed by `/.well-known/smart-configuration`. */
export function smartConfigurationUrl(fhirBaseUrl: string | URL): Promise<string> {
  return withSmartErrors(() => run('configurationUrl', { fhirBaseUrl }))();
}

/**
 * Reads a smart-configuration document.
 *
 * @throws {SmartError} `json_invalid`, `discovery_invalid`, `endpoint_scheme`.
 */
export function readSmartConfiguration(input: {
  fhirBaseUrl: string | URL;
  body: string;
  allowInsecureLoopback?: boolean | undefined;
}): Promise<SmartServerMetadata> {
  return withSmartErrors(async () => loadMetadata(await run('configuration', input), { warnings, withChunk }))();
}
