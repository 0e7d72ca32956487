// A hook that reads from the FHIR API.

import { useEffect, useMemo, useReducer, useState } from 'react';
import { request, send, shownRead } from '../bindings/read.js';
import type { Read, ReadResult, SmartRead } from '../bindings/read.js';
import { signInOf } from '../client/sign-in.js';
import { useClient } from './provider.js';
import { useValueOf } from './client-value.js';
import type { AnyClient } from '../bindings/any-client.js';
import type { SmartClient } from '../client/smart-client.js';
import type { SmartError } from '../error/smart-error.js';
import type { AbortSignal, URL } from '../values/platform.js';

/**
 * Reads from the FHIR API, by {@link SmartClient.request} or by `read`. No request is sent while the user is not signed in or
 * there is no URL. A request is sent when a user signs in, and again after the next sign-in. A new URL and unmounting
 * abort a pending request. The result always belongs to the current URL and sign-in. A token refresh does not cause
 * another request.
 *
 * @param url the URL under the FHIR base; relative URLs resolve against the base
 * @param read a custom fetcher, if one request is not enough; `read` is not compared, so an inline function is fine
 * @example
 * function Name({ id }: { id: string }) {
 *   const { status, data, error, reload } = useSmartRequest<fhir4.Patient>(`Patient/${id}`);
 *   if (status === 'error') return <p>{error.userMessage} <button onClick={reload}>Try again</button></p>;
 *   return <p>{data?.name?.[0]?.text}</p>;
 * }
 */
export function useSmartRequest<T = unknown>(url: string | URL | null | undefined): SmartRead<T, SmartError>;
export function useSmartRequest<T, C extends AnyClient = SmartClient>(
  url: string | URL | null | undefined,
  read: (url: string, options: { readonly client: C; readonly signal: AbortSignal }) => Promise<T>,
): SmartRead<T>;
export function useSmartRequest(url: string | URL | null | undefined, read: Read = request): SmartRead<unknown> {
  const client = useClient();
  const signIn = useValueOf<number | null>(
    client,
    () => signInOf(client),
    () => null,
  );
  const address = url?.toString();
  const target = useMemo(() => ({ client, signIn, address }), [client, signIn, address]);
  const [reloads, reload] = useReducer((count) => count + 1, 0);
  const [result, setResult] = useState<ReadResult>({});
  // In StrictMode, React mounts, unmounts and mounts again at once; `send` then sends one request.
  useEffect(() => send(target, reloads, read, setResult), [target, reloads]);
  return shownRead(target, reloads, result, reload);
}
