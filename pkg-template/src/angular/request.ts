// `injectSmartRequest`, which reads from the FHIR API and returns the result as signals.

import { computed, effect, signal, untracked } from '@angular/core';
import { request, send, shownRead } from '../bindings/read.js';
import { provided } from './provide.js';
import type { Signal } from '@angular/core';
import type { AnyClient } from '../bindings/any-client.js';
import type { Read, ReadResult } from '../bindings/read.js';
import type { SmartClient } from '../client/smart-client.js';
import type { SmartError } from '../error/smart-error.js';
import type { AbortSignal, URL } from '../values/platform.js';

/** The state of a read. During `reload`, `status` is `loading` and `data` has the previous result. */
export interface SmartReadSignals<T, E = unknown> {
  readonly status: Signal<'idle' | 'loading' | 'success' | 'error'>;
  readonly data: Signal<T | null>;
  readonly error: Signal<E | null>;
  /** Reads again. */
  readonly reload: () => void;
}

/**
 * Reads from the FHIR API, by {@link SmartClient.request} or by `read`. No request is sent while the user is not signed in or
 * there is no URL. A request is sent when a user signs in, and again after the next sign-in. A new URL and the end of the
 * component abort a pending request. The result always belongs to the current URL and sign-in. A token refresh does not cause
 * another request.
 *
 * @param url a function of signals that returns the URL under the FHIR base; relative URLs resolve against the base
 * @param read a custom fetcher, if one request is not enough
 * @example
 * class Name {
 *   readonly smart = injectSmart();
 *   readonly patient = injectSmartRequest<fhir4.Patient>(() => this.smart.session() && `Patient/${this.smart.session()?.patient}`);
 * }
 */
export function injectSmartRequest<T = unknown>(url: () => string | URL | null | undefined): SmartReadSignals<T, SmartError>;
export function injectSmartRequest<T, C extends AnyClient = SmartClient>(
  url: () => string | URL | null | undefined,
  read: (url: string, options: { readonly client: C; readonly signal: AbortSignal }) => Promise<T>,
): SmartReadSignals<T>;
export function injectSmartRequest(url: () => string | URL | null | undefined, read: Read = request): SmartReadSignals<unknown> {
  const { client, current } = provided();
  const signIn = computed(() => current().signIn);
  const address = computed(() => url()?.toString());
  const target = computed(() => ({ client, signIn: signIn(), address: address() }));
  const reloads = signal(0);
  const result = signal<ReadResult>({});
  const reload = () => reloads.update((count) => count + 1);
  effect((onCleanup) => {
    const [currentTarget, reloadCount] = [target(), reloads()];
    const abort = untracked(() => send(currentTarget, reloadCount, read, (settled) => result.set(settled)));
    if (abort) onCleanup(abort);
  });
  const visibleResult = computed(() => shownRead(target(), reloads(), result(), reload));
  return {
    status: computed(() => visibleResult().status),
    data: computed(() => visibleResult().data),
    error: computed(() => visibleResult().error),
    reload,
  };
}
