// The clients that the React binding accepts.

import type { SmartClient } from '../client/smart-client.js';
import type { IsolatedSmartClient } from '../isolated/isolated-client.js';

export type AnyClient = SmartClient | IsolatedSmartClient;

export type StateOf<C extends AnyClient> = ReturnType<C['getState']>;
