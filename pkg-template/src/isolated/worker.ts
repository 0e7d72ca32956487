/**
 * The worker of `smart-launch/isolated`. Import it for its side effect in a worker of the app, or pass its URL to `new
 * Worker()`. It exports nothing, and accepts only messages of the client.
 */

import { createSmartClient } from '../client/create-client.js';
import { serveCalls } from './worker-calls.js';

serveCalls(createSmartClient);
