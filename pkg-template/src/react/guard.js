// What is for those who are signed in.

import { createElement, Fragment, useEffect, useState } from 'react';
import { isLaunch } from '../page/callback-url.js';
import { useSmart } from './state.js';

export function RequireSmart({ loading = null, unauthenticated = null, redirect, authorizeOptions, children }) {
  const { client, status, error, isAuthenticated } = useSmart();
  const [entered, setEntered] = useState(null);
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
