// The binding for Angular.

import type { Signal } from '@angular/core';
import { provideHttpClient, withInterceptors } from '@angular/common/http';
import { provideRouter } from '@angular/router';
import { createSmartClient, type SmartClient, type SmartError, type SmartSession } from 'smart-launch';
import { injectSmart, injectSmartRequest, provideSmart, smartGuard, smartInterceptor, type SmartReadSignals } from 'smart-launch/angular';
import { createIsolatedSmartClient, type IsolatedSession, type IsolatedSmartClient } from 'smart-launch/isolated';
import { createServerSessionClient } from 'smart-launch/server-session';
import { expectType, type Same } from './expect.js';

const options = { fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'app', scope: 'patient/*.rs' };

export const providers = [
  provideSmart(createSmartClient(options)),
  provideSmart(createIsolatedSmartClient(options)),
  provideSmart(createServerSessionClient({ baseUrl: '/auth' })),
  provideRouter([{ path: '', canActivate: [smartGuard], canActivateChild: [smartGuard], children: [] }]),
  provideHttpClient(withInterceptors([smartInterceptor])),
  // @ts-expect-error options are no client
  provideSmart(options),
];

export class Chart {
  readonly smart = injectSmart();
  readonly patient = injectSmartRequest<{ birthDate?: string }>(() => this.smart.session() && 'Patient/1');

  check() {
    const { session, status, error, logout } = this.smart;
    expectType<Same<typeof session, Signal<SmartSession | null>>>();
    expectType<Same<ReturnType<typeof status>, 'loading' | 'unauthenticated' | 'authenticated' | 'error'>>();
    expectType<Same<ReturnType<typeof error>, SmartError | null>>();
    expectType<Same<typeof logout, SmartClient['logout']>>();
    expectType<Same<typeof this.patient, SmartReadSignals<{ birthDate?: string }, SmartError>>>();
    const isolated = injectSmart<IsolatedSmartClient>();
    expectType<Same<typeof isolated.session, Signal<IsolatedSession | null>>>();
    // @ts-expect-error an isolated client returns no token
    isolated.getAccessToken;
    const customRead = injectSmartRequest(() => 'Patient', (url, { client, signal }) => client.request<string[]>(url, { signal }));
    expectType<Same<typeof customRead, SmartReadSignals<string[]>>>();
    // @ts-expect-error a number is no URL
    injectSmartRequest(() => 1);
  }
}
