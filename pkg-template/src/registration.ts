/**
 * Dynamic client registration (RFC 7591), management of the registration (RFC 7592), and clients that a user registers for one
 * browser.
 */

export { createDynamicClient } from './registration/create-dynamic-client.js';
export { deleteClient, readClient, registerClient, updateClient } from './registration/register-client.js';
export type { ClientMetadata } from './registration/client-metadata.js';
export type { DynamicClient, DynamicClientOptions } from './registration/dynamic-client.js';
export type {
  ManagedClient,
  ManagedClientOptions,
  RegisterClientOptions,
  RegisteredClient,
  UpdateClientOptions,
} from './registration/registered-client.js';
