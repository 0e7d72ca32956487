// The composable `useSmartRequest`, which reads from the FHIR API.

import { computed, shallowRef, toValue, watch } from 'vue';
import { request, send, shownRead } from '../bindings/read.js';
import { provided } from './plugin.js';
import type { ComputedRef, MaybeRefOrGetter } from 'vue';
import type { AnyClient } from '../bindings/any-client.js';
import type { Read, ReadResult } from '../bindings/read.js';
import type { SmartClient } from '../client/smart-client.js';
import type { SmartError } from '../error/smart-error.js';
import type { AbortSignal, URL } from '../values/platform.js';

/** The state of a read. During `reload` the status is `loading`, and `data` is the previous data. */
export interface SmartReadRefs<T, E = unknown> {
  readonly status: ComputedRef<'idle' | 'loading' | 'success' | 'error'>;
  readonly data: ComputedRef<T | null>;
  readonly error: ComputedRef<E | null>;
  /** Reads again. */
  readonly reload: () => void;
}

/**
 * Reads from the FHIR API, by {@link SmartClient.request} or by `read`. No request is sent while the user is not signed in or
 * there is no URL. A request is sent when a user signs in, and again after the next sign-in. A new URL and unmounting abort a
 * pending request. The result always belongs to the current URL and sign-in. A token refresh does not cause another request.
 *
 * @param url the URL under the FHIR base, or a ref or function with it; relative URLs resolve against the base
 * @param read a custom fetcher, if one request is not enough
 * @example
 * const { session } = useSmart();
 * const { status, data, error, reload } = useSmartRequest<fhir4.Patient>(() => session.value && `Patient/${session.value.patient}`);
 */
export function useSmartRequest<T = unknown>(url: MaybeRefOrGetter<string | URL | null | undefined>): SmartReadRefs<T, SmartError>;
export function useSmartRequest<T, C extends AnyClient = SmartClient>(
  url: MaybeRefOrGetter<string | URL | null | undefined>,
  read: (url: string, options: { readonly client: C; readonly signal: AbortSignal }) => Promise<T>,
): SmartReadRefs<T>;
export function useSmartRequest(
  url: MaybeRefOrGetter<string | URL | null | undefined>,
  read: Read = request,
): SmartReadRefs<unknown> {
  const { client, current } = provided();
  const signIn = computed(() => current.value.signIn);
  const address = computed(() => toValue(url)?.toString());
  const target = computed(() => ({ client, signIn: signIn.value, address: address.value }));
  const reloads = shallowRef(0);
  const result = shallowRef<ReadResult>({});
  const reload = () => void (reloads.value += 1);
  const settle = (settled: ReadResult) => void (result.value = settled);
  // `sync`, so that a request of the previous session is aborted at once.
  watch(
    [target, reloads] as const,
    ([currentTarget, reloadCount], _, onCleanup) => onCleanup(send(currentTarget, reloadCount, read, settle) ?? (() => {})),
    { flush: 'sync', immediate: true },
  );
  const visibleResult = computed(() => shownRead(target.value, reloads.value, result.value, reload));
  return {
    status: computed(() => visibleResult.value.status),
    data: computed(() => visibleResult.value.data),
    error: computed(() => visibleResult.value.error),
    reload,
  };
}
