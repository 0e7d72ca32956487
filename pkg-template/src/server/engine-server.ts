// A server's metadata, as the engine returns it.

import type { SmartWarningCode } from '../error/smart-warning.js';
import type { SmartServerMetadata } from './smart-server-metadata.js';

export interface EngineServer
  extends Partial<Omit<SmartServerMetadata, 'fhirBaseUrl' | 'tokenEndpoint' | 'capabilitySets' | 'warnings'>>,
    Pick<SmartServerMetadata, 'fhirBaseUrl' | 'tokenEndpoint'> {
  readonly warnings?: readonly SmartWarningCode[];
}
