/**
 * A client without network, WebAssembly and storage, for tests of apps: Vitest, Jest, Storybook.
 */

export { createFakeSmartClient } from './testing/create-fake-client.js';
export type { FakeResource, FakeResources, FakeSmartClient, FakeSmartClientOptions } from './testing/fake-client.js';
export type { FakeSession } from './testing/session.js';
