// The types of the clients that the bindings accept, and of their states and sessions.

import type { SmartClient } from '../client/smart-client.js';
import type { IsolatedSmartClient } from '../isolated/isolated-client.js';
import type { ServerSessionClient } from '../server-session-client/server-session-client.js';

export type AnyClient = SmartClient | IsolatedSmartClient | ServerSessionClient;

export type StateOf<C extends AnyClient> = ReturnType<C['getState']>;

export type AnySession = NonNullable<StateOf<AnyClient>['session']>;
