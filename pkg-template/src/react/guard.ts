// What is for those who are signed in.

import { createElement, Fragment, useEffect, useState } from 'react';
import { isLaunch } from '../page/launch-url.js';
import { useSmart } from './state.js';
import type { AuthorizeOptions } from '../client/authorize-options.js';
import type { ReactElement, ReactNode } from 'react';
import type { AnyClient } from './any-client.js';

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
export function RequireSmart(props: RequireSmartProps): ReactElement {
  const { loading = null, unauthenticated = null, redirect, authorizeOptions, children } = props;
  const { client, status, error, isAuthenticated } = useSmart();
  const [entered, setEntered] = useState<AnyClient | null>(null);
  if (isAuthenticated && entered !== client) setEntered(client);
  // Only those who arrive, and only once: not who has signed out here, nor who could not be signed in.
  const arrives = status === 'unauthenticated' && error === null && entered !== client;
  const leaves = arrives && (redirect === 'always' || (redirect === 'launch' && isLaunch()));
  useEffect(() => {
    if (leaves) client.authorize(authorizeOptions).catch(() => {});
  }, [client, leaves]);
  const shown = isAuthenticated ? children : leaves || status === 'loading' ? loading : unauthenticated;
  // An element, for TypeScript before version 5.1 takes no component that gives anything else.
  return createElement(Fragment, null, shown);
}
