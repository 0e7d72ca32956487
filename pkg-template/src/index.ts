/**
 * SMART App Launch 2.2 for public clients: sign a user in to a SMART on FHIR server, keep the session, call the FHIR API.
 *
 * The package has two layers: {@link createSmartClient} does everything in a browser; the building blocks, such as
 * {@link createPkcePair}, build and parse single messages, for apps that manage their own sessions.
 */

// The entry that an app loads first. The WebAssembly module is loaded with the first asynchronous call.

export { createSmartClient } from './client/create-client.js';
export { SmartError } from './error/smart-error.js';
export {
  createAuthorizationRequest,
  createCodeTokenRequest,
  createPkcePair,
  createPushedAuthorizationRequest,
  createRefreshTokenRequest,
  createState,
  normalizeScope,
  parseLaunch,
  readAuthorizationResponse,
  readIdToken,
  readPushedAuthorizationResponse,
  readSmartConfiguration,
  readTokenResponse,
  scopeCovers,
  smartConfigurationUrl,
} from './blocks/blocks.js';
export type { AuthorizationParameters, IdTokenInput, PkcePair, SmartTokens } from './blocks/blocks.js';
export type { TokenRequest } from './blocks/token-request.js';
export type { AuthorizeOptions, WindowOptions } from './client/authorize-options.js';
export type {
  SmartClientBehaviour,
  SmartClientOptions,
  SmartEndpoints,
  SmartServerDefaults,
  SmartServerOptions,
} from './client/options.js';
export type { ReadyOptions } from './client/ready-options.js';
export type { SmartClient } from './client/smart-client.js';
export type { SmartErrorCode } from './error/smart-error-code.js';
export type { SmartFault, SmartRequestPurpose } from './error/smart-error.js';
export type { SmartWarning, SmartWarningCode } from './error/smart-warning.js';
export type { AuthorizationRequest } from './page/authorization-request.js';
export type { SmartCapability, SmartCapabilitySet, SmartServerMetadata } from './server/smart-server-metadata.js';
export type { AccessTokenOptions } from './session/access-token-options.js';
export type {
  CreateOptions,
  DeleteOptions,
  FhirBundle,
  FhirCalls,
  FhirResource,
  FhirWrite,
  JsonPatchOperation,
  PagesOptions,
  PatchOptions,
  UpdateOptions,
  UserOptions,
} from './session/fhir-calls.js';
export type { SmartFetchInit, SmartRequestInit } from './session/fhir-request-options.js';
export type { IntrospectionResponse, IntrospectOptions } from './session/introspection.js';
export type { LogoutOptions, LogoutResult } from './session/logout.js';
export type { SmartEvent, SmartEvents, SmartExpiring, SmartRequestEvent } from './session/smart-events.js';
export type { SmartAuthorizationDetail, SmartSession, SmartTokenResponse } from './session/smart-session.js';
export type { SmartActivity, SmartState } from './session/smart-state.js';
export type { UserInfo } from './session/user-info.js';
export type { FhirContextItem } from './values/fhir-context.js';
export type { IdTokenClaims } from './values/id-token-claims.js';
export type { PostedAnswer } from './values/posted-answer.js';
