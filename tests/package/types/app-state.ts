// App state at the EHR.

import type { SmartClient } from 'smart-launch';
import { createAppState, type AppStateEntry } from 'smart-launch/app-state';
import type { IsolatedSmartClient } from 'smart-launch/isolated';
import type { ServerSessionClient } from 'smart-launch/server-session';
import type { FakeSmartClient } from 'smart-launch/testing';
import { expectType, type Same } from './expect.js';

export async function store(client: SmartClient, isolated: IsolatedSmartClient, fake: FakeSmartClient, page: ServerSessionClient) {
  const options = { system: 'https://app.example', code: 'preferences', subject: 'user' } as const;
  const state = createAppState(client, options);
  createAppState(isolated, options);
  createAppState(fake, options);
  // @ts-expect-error this client cannot read the server's metadata
  createAppState(page, options);
  // @ts-expect-error no such subject
  createAppState(client, { ...options, subject: 'encounter' });
  const [previousState = null] = await state.list({ signal: AbortSignal.timeout(1) });
  expectType<Same<typeof previousState, AppStateEntry | null>>();
  const newState = await state.write({ 'https://app.example/view': 'labs' }, previousState);
  // @ts-expect-error values are strings
  await state.write({ 'https://app.example/view': 1 }, null);
  // @ts-expect-error the second argument is required: the previous state or null
  await state.write({});
  return state.delete(newState);
}
