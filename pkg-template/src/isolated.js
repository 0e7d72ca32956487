// The entry for apps that keep the session in a worker.

export { createIsolatedSmartClient } from './isolated/isolated-client.js';
