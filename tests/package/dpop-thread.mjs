// Runs the package's worker for tokens that are bound to a key, in a thread that has an IndexedDB.

import { useIndexedDb } from './indexed-db.mjs';

// The database ends with the thread, so nothing has to be restored.
const test = /** @type {import('node:test').TestContext} */ (/** @type {unknown} */ ({ after() {} }));
useIndexedDb(test);
await import('smart-launch/dpop-worker');
