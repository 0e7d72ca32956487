/**
 * React components and hooks over a client of `smart-launch`. For React 18 and later, rendered in a browser, on a
 * server and under StrictMode.
 */

import type { ReactElement, ReactNode } from 'react';
import type { AuthorizeOptions, SmartClient, SmartClientOptions, SmartError } from './index.js';
import type { IsolatedSmartClient } from './isolated.js';
import type { AbortSignal, URL } from './platform.js';

type AnyClient = SmartClient | IsolatedSmartClient;
type StateOf<C extends AnyClient> = ReturnType<C['getState']>;

/** Either `options`, or a `client` that the app has made. */
export type SmartProviderProps = { readonly children?: ReactNode } & (
  | {
      /**
       * As for `createSmartClient`. Compared by what they say, so they may be written where they are rendered.
       * Providers with the same options share one client, which is put away ({@link SmartClient.dispose}) some seconds
       * after none of them is mounted any more. Other
       * options are another client: it begins as `loading` and finds its own session; that of the one before is neither
       * ended nor forgotten.
       */
      readonly options: SmartClientOptions;
      readonly client?: undefined;
    }
  | {
      /** Of `createSmartClient` or `createIsolatedSmartClient`. */
      readonly client: AnyClient;
      readonly options?: undefined;
    }
);

/**
 * Says which client the components inside use, and has it finish a sign-in or restore the session (`ready()`) once they
 * are on the screen. What goes wrong with that is in the state. An app whose router changes the URL before anything is
 * rendered makes the client itself, calls `ready()` first, and gives it as `client`.
 *
 * @example
 * const options = { fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'growth-chart', scope: 'launch/patient patient/*.rs' };
 * const app = <SmartProvider options={options}>everything that knows of the sign-in</SmartProvider>;
 */
export function SmartProvider(props: SmartProviderProps): ReactElement;

/**
 * The state of the client and its calls, which are the same functions from one rendering to the next. Renders again
 * when the state changes; renewing a token changes `activity` and never `status`. On a server, and the first time in a
 * browser that shows what a server has rendered, the state is `loading`.
 *
 * @throws {SmartError} `config_invalid` where there is no provider.
 * @example
 * function Greeting() {
 *   const { status, session, error, authorize, logout } = useSmart();
 *   if (status === 'loading') return <p>Loading…</p>;
 *   if (status !== 'authenticated') return <button onClick={() => authorize()}>Sign in {error?.message}</button>;
 *   return <button onClick={() => logout()}>Sign out {session.fhirUser}</button>;
 * }
 */
export function useSmart<C extends AnyClient = SmartClient>(): Smart<C>;

/**
 * What {@link useSmart} gives: the type parameter is the client that the provider was given, where it is an isolated
 * one.
 */
export type Smart<C extends AnyClient = SmartClient> = Told<StateOf<C>> & C & { readonly client: C };

type Told<S extends StateOf<AnyClient>> = S extends unknown
  ? S & {
      /** It is not known yet whether somebody is signed in. */
      readonly isLoading: S['status'] extends 'loading' ? true : false;
      readonly isAuthenticated: S['status'] extends 'authenticated' ? true : false;
    }
  : never;

/**
 * The session. Suspends until it is known whether there is one; where there is none the nearest error boundary gets the
 * error that says why, after a sign-out too. Inside {@link RequireSmart} there is always one. On a server there is
 * none, so what the nearest `<Suspense>` has as its fallback is sent, and the browser takes over.
 *
 * @throws {SmartError} `signed_out`, or what the sign-in or the session has failed with.
 * @example
 * function Who() {
 *   const { fhirUser } = useSmartSession();
 *   return <p>Signed in as {fhirUser}</p>;
 * }
 */
export function useSmartSession<C extends AnyClient = SmartClient>(): Extract<StateOf<C>, { status: 'authenticated' }>['session'];

export interface RequireSmartProps {
  /** For those who are signed in. */
  readonly children?: ReactNode;
  /**
   * While it is not known whether somebody is signed in, and while the page is left for a sign-in. Default: nothing.
   */
  readonly loading?: ReactNode;
  /** When nobody is signed in, a sign-in that failed included: {@link useSmart} has its `error`. Default: nothing. */
  readonly unauthenticated?: ReactNode;
  /**
   * Leaves the page for a sign-in without asking the user: `launch` where an EHR has opened it (`iss` and `launch` in
   * the URL), `always` wherever somebody arrives who is not signed in. Never one who has signed out or whose session
   * has ended while this was on the screen, and never after an error. Default: it does not.
   */
  readonly redirect?: 'launch' | 'always' | undefined;
  /** Options of that sign-in. */
  readonly authorizeOptions?: Omit<AuthorizeOptions, 'navigate' | 'target'> | undefined;
}

/**
 * Shows its children to those who are signed in.
 *
 * @example
 * const page = (
 *   <RequireSmart redirect="launch" loading={<p>Loading…</p>} unauthenticated={<p>Open this from your EHR.</p>}>
 *     <p>Welcome</p>
 *   </RequireSmart>
 * );
 */
export function RequireSmart(props: RequireSmartProps): ReactElement;

/**
 * Reads from the FHIR API, by {@link SmartClient.request} or by `read`. Silent while nobody is signed in and without a
 * URL; reads when somebody signs in, and again for the next one. Another URL, and leaving the screen, aborts what is
 * under way. What is given is of this URL and this sign-in, never of the one before. Renewing a token reads nothing
 * again.
 *
 * @param url what is read. Under the FHIR base; relative ones resolve against it.
 * @param read how it is read, where one request is not all; not compared, so a function written in place will do
 * @example
 * function Name({ id }: { id: string }) {
 *   const { status, data, error, reload } = useSmartRequest<fhir4.Patient>(`Patient/${id}`);
 *   if (status === 'error') return <button onClick={reload}>{error.message}</button>;
 *   return <p>{data?.name?.[0]?.text}</p>;
 * }
 */
export function useSmartRequest<T = unknown>(url: string | URL | null | undefined): SmartRead<T, SmartError>;
export function useSmartRequest<T, C extends AnyClient = SmartClient>(
  url: string | URL | null | undefined,
  read: (url: string, how: { readonly client: C; readonly signal: AbortSignal }) => Promise<T>,
): SmartRead<T>;

/** How a read is going. `loading` has the answer before while `reload` is under way. */
export type SmartRead<T, E = unknown> = (
  | { readonly status: 'idle'; readonly data: null; readonly error: null }
  | { readonly status: 'loading'; readonly data: T | null; readonly error: null }
  | { readonly status: 'success'; readonly data: T; readonly error: null }
  | { readonly status: 'error'; readonly data: null; readonly error: E }
) & {
  /** Reads again. */
  readonly reload: () => void;
};

// What is not marked is not exported.
export {};
