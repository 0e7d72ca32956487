// A component that shows its children only to signed-in users.

import { createElement, Fragment, useEffect, useState } from 'react';
import { isLaunch } from '../page/launch-url.js';
import { useSmart } from './state.js';
import type { AuthorizeOptions } from '../client/authorize-options.js';
import type { ReactElement, ReactNode } from 'react';
import type { AnyClient } from './any-client.js';

export interface RequireSmartProps {
  /** Shown when the user is signed in. */
  readonly children?: ReactNode;
  /**
   * Shown while the session is being restored, and while the page navigates to a sign-in. Default: nothing.
   */
  readonly loading?: ReactNode;
  /**
   * Shown when the user is not signed in, also after a failed sign-in: {@link useSmart} has its `error`. Default:
   * nothing.
   */
  readonly unauthenticated?: ReactNode;
  /**
   * Starts a sign-in without asking the user: `launch` if an EHR has launched the app (`iss` and `launch` in the URL),
   * `always` whenever the user is not signed in on arrival. It never does so after the user has signed out or the
   * session has ended while this was mounted, nor after an error. Default: no sign-in.
   */
  readonly redirect?: 'launch' | 'always' | undefined;
  /** Options of that sign-in. */
  readonly authorizeOptions?: Omit<AuthorizeOptions, 'navigate' | 'target'> | undefined;
}

/**
 * Shows its children only to signed-in users.
 *
 * @example
 * const page = (
 *   <RequireSmart redirect="launch" loading={<p>Loading…</p>} unauthenticated={<p>Open this from your EHR.</p>}>
 *     <p>Welcome</p>
 *   </RequireSmart>
 * );
 */
export function RequireSmart(props: RequireSmartProps): ReactElement {
  const { loading = null, unauthenticated = null, redirect, authorizeOptions, children } = props;
  const { client, status, error, isAuthenticated } = useSmart();
  const [entered, setEntered] = useState<AnyClient | null>(null);
  if (isAuthenticated && entered !== client) setEntered(client);
  // Only on arrival, and only once: not after a sign-out in this page, nor after a sign-in that failed.
  const arrives = status === 'unauthenticated' && error === null && entered !== client;
  const leaves = arrives && (redirect === 'always' || (redirect === 'launch' && isLaunch()));
  useEffect(() => {
    if (leaves) client.authorize(authorizeOptions).catch(() => {});
  }, [client, leaves]);
  const shown = isAuthenticated ? children : leaves || status === 'loading' ? loading : unauthenticated;
  // An element, because TypeScript before version 5.1 accepts no component that returns anything else.
  return createElement(Fragment, null, shown);
}
