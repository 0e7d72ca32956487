// Events, by name and by `subscribe`.

import { createSmartClient, type SmartError, type SmartEvent, type SmartEvents, type SmartExpiring, type SmartSession } from 'smart-launch';
import { expectType, type Same } from './expect.js';

const smart = createSmartClient({ fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'app', scope: 'patient/*.rs' });

/** Handles every event, so that a new one is a compile error. */
export function describe(event: SmartEvent | undefined): string {
  if (!event) return 'the state changed';
  switch (event.type) {
    case 'signedIn':
    case 'refreshed':
    case 'scopeChanged':
      expectType<Same<typeof event.detail, SmartSession>>();
      return event.detail.serverUrl;
    case 'expiring':
      expectType<Same<typeof event.detail, SmartExpiring>>();
      return event.detail.session.serverUrl;
    case 'signedOut':
      return event.detail.reason;
    case 'error':
      expectType<Same<typeof event.detail, SmartError>>();
      return event.detail.code;
    case 'redirecting':
      expectType<Same<typeof event.detail.method, 'GET' | 'POST'>>();
      return event.detail.url;
  }
}

export function subscribing() {
  const stop = smart.subscribe((event) => expectType<Same<typeof event, SmartEvent | undefined>>());
  expectType<Same<typeof stop, () => void>>();
  // @ts-expect-error `subscribe` does not emit the event request
  smart.subscribe((event) => event?.type === 'request');
  // @ts-expect-error `subscribe` takes no name
  smart.subscribe('signedIn', () => {});
}

/** For a generic name, the detail has the type for that name. */
export function listening<E extends keyof SmartEvents>(name: E, listener: (detail: SmartEvents[E]) => void) {
  const stop = smart.on(name, listener);
  expectType<Same<typeof stop, () => void>>();
  smart.on('expiring', ({ reason, expiresAt }) => {
    expectType<Same<typeof reason, 'token' | 'idle'>>();
    expectType<Same<typeof expiresAt, number>>();
  });
  smart.on('scopeChanged', ({ scopes }) => expectType<Same<typeof scopes, readonly string[]>>());
  smart.on('error', (error) => expectType<Same<typeof error, SmartError>>());
  // @ts-expect-error a sign-out has no session
  smart.on('signedOut', ({ patient }) => patient);
}
