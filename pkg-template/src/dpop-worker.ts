/**
 * The worker of `smart-launch/isolated` for tokens that are bound to a key (DPoP, RFC 9449). Import it for its side effect in a
 * worker of the app, and pass that worker to `createIsolatedSmartClient`. It exports nothing, and accepts only messages of the
 * client.
 */

import { createSmartClient } from './dpop/create-dpop-client.js';
import { serveCalls } from './isolated/worker-calls.js';

serveCalls(createSmartClient);
