// The store `smartRequest`, which reads from the FHIR API.

import { derived, readable, writable } from 'svelte/store';
import { request, send, shownRead } from '../bindings/read.js';
import { signInOf } from '../client/sign-in.js';
import { start } from '../bindings/state.js';
import type { Readable } from 'svelte/store';
import type { AnyClient } from '../bindings/any-client.js';
import type { Read, ReadResult, SmartRead } from '../bindings/read.js';
import type { SmartClient } from '../client/smart-client.js';
import type { SmartError } from '../error/smart-error.js';
import type { AbortSignal, URL } from '../values/platform.js';

/**
 * Reads from the FHIR API, by {@link SmartClient.request} or by `read`, while the store has subscribers. No request is sent while
 * the user is not signed in or there is no URL. A request is sent when a user signs in, and again after the next sign-in. A new
 * URL and the end of the last subscription abort a pending request. The result always belongs to the current URL and sign-in. A
 * token refresh does not cause another request.
 *
 * @param url the URL under the FHIR base, or a store with it; relative URLs resolve against the base
 * @param read a custom fetcher, if one request is not enough
 * @example
 * import { derived } from 'svelte/store';
 * import { createSmartClient } from 'smart-launch';
 * import { smartRequest, smartState } from 'smart-launch/svelte';
 *
 * const client = createSmartClient({ fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'growth-chart', scope: 'launch/patient patient/*.rs' });
 * const url = derived(smartState(client), ({ session }) => session && `Patient/${session.patient}`);
 * const patient = smartRequest<fhir4.Patient>(client, url); // `$patient.data` in a component
 */
export function smartRequest<T = unknown>(
  client: AnyClient,
  url: string | URL | null | undefined | Readable<string | URL | null | undefined>,
): Readable<SmartRead<T, SmartError>>;
export function smartRequest<T, C extends AnyClient>(
  client: C,
  url: string | URL | null | undefined | Readable<string | URL | null | undefined>,
  read: (url: string, options: { readonly client: C; readonly signal: AbortSignal }) => Promise<T>,
): Readable<SmartRead<T>>;
export function smartRequest(
  client: AnyClient,
  url: string | URL | null | undefined | Readable<string | URL | null | undefined>,
  read: Read = request,
): Readable<SmartRead<unknown>> {
  const urls = url !== null && typeof url === 'object' && 'subscribe' in url ? url : readable(url);
  // The URL as a string: if it were an object, the store would notify its subscribers of the same URL again.
  const address = derived(urls, (current) => current?.toString());
  const signIn = readable<number | null>(null, (set) => {
    if (!globalThis.document) return undefined;
    const update = () => set(signInOf(client));
    // `update` is called first, so that `signInOf` subscribes before this store: it counts a sign-in before `update` reads it.
    update();
    const unsubscribe = client.subscribe(update);
    start(client);
    return unsubscribe;
  });
  const target = derived([signIn, address], ([signIn, address]) => ({ client, signIn, address }));
  const reloads = writable(0);
  const initialResult: ReadResult = {};
  const result = derived(
    [target, reloads],
    ([currentTarget, reloadCount], set: (result: ReadResult) => void) => send(currentTarget, reloadCount, read, set),
    initialResult,
  );
  const reload = () => reloads.update((count) => count + 1);
  return derived([target, reloads, result], ([currentTarget, reloadCount, currentResult]) =>
    shownRead(currentTarget, reloadCount, currentResult, reload),
  );
}
