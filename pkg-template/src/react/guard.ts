// A component that shows its children only to signed-in users.

import { createElement, Fragment, useEffect, useState } from 'react';
import { personOf, signInOf } from '../client/sign-in.js';
import { isLaunch } from '../page/launch-url.js';
import { LastSession } from './session.js';
import type { SessionOf } from './session.js';
import { useSmart } from './state.js';
import type { AnySession } from '../bindings/any-client.js';
import type { AuthorizeOptions } from '../client/authorize-options.js';
import type { SmartErrorCode } from '../error/smart-error-code.js';
import type { ReactElement, ReactNode } from 'react';

export interface RequireSmartProps {
  /** Shown when the user is signed in. */
  readonly children?: ReactNode;
  /**
   * Shown while the session is being restored, and while the page navigates to a sign-in. Default: nothing.
   */
  readonly loading?: ReactNode;
  /**
   * Shown when the user is not signed in, also after a failed sign-in, whose error is `error` of {@link useSmart}. Default:
   * nothing.
   */
  readonly unauthenticated?: ReactNode;
  /**
   * Shown in place of the children if the session ends without a sign-out (expired, idle, refresh token refused) while they are
   * shown. The children stay mounted, so that nothing typed is lost, but are hidden; {@link useSmartSession} in them returns the
   * session that has ended. They are shown again when the same user has signed in for the same patient and encounter, in a popup for
   * instance; after any other sign-in they are mounted anew. A sign-out unmounts them, and so does the end of a session that does
   * not identify its user: request the scopes `openid fhirUser`. Elements in a portal, such as dialogs, are not hidden: the app
   * closes them. Default: `unauthenticated` in place of the children.
   *
   * @example
   * const note = (
   *   <RequireSmart expired={<p>Please sign in again.</p>}>
   *     <textarea aria-label="Note" />
   *   </RequireSmart>
   * );
   */
  readonly expired?: ReactNode;
  /**
   * Starts a sign-in without asking the user: `launch` if an EHR has launched the app (`iss` and `launch` in the URL),
   * `always` whenever the user is not signed in when the component is mounted. The component starts no sign-in after the user has
   * signed out or the session has ended while the component was mounted, nor after an error. Default: no sign-in.
   */
  readonly redirect?: 'launch' | 'always' | undefined;
  /** Options of the sign-in that `redirect` starts. */
  readonly authorizeOptions?: Omit<AuthorizeOptions, 'navigate' | 'target'> | undefined;
}

/**
 * Shows its children only to signed-in users. If somebody signs in for another patient, or as another user, while the children are
 * shown, in a popup for instance, the children are mounted anew, so that nothing typed for the previous patient remains.
 *
 * @example
 * const page = (
 *   <RequireSmart redirect="launch" loading={<p>Loading…</p>} unauthenticated={<p>Open this from your EHR.</p>}>
 *     <p>Welcome</p>
 *   </RequireSmart>
 * );
 */
export function RequireSmart(props: RequireSmartProps): ReactElement {
  const { loading = null, unauthenticated = null, expired, redirect, authorizeOptions, children } = props;
  const { client, status, session, error } = useSmart();
  const [entered, setEntered] = useState<Entered | null>(null);
  const isSameClient = entered?.client === client;
  if (session && (!isSameClient || entered.session !== session)) setEntered({ client, session });
  // An error is remembered as an entry without a session, so that the guard does not sign in when a sign-out has removed the error.
  else if (error && !isSameClient) setEntered({ client, session: null });
  const signIn = session && signInOf(client);
  /** Children are mounted anew for another user or patient, and for another sign-in if the user is not known. */
  const keyOf = (anySession: AnySession) => (isKnown(anySession) ? personOf(anySession) : `${signIn} ${personOf(anySession)}`);
  // Signs in only when the component is mounted, and only once: not after a sign-out in this page, nor after a failed sign-in.
  const isMounting = status === 'unauthenticated' && error === null && !isSameClient;
  const signsIn = isMounting && (redirect === 'always' || (redirect === 'launch' && isLaunch()));
  useEffect(() => {
    if (signsIn) client.authorize(authorizeOptions).catch(() => {});
  }, [client, signsIn]);
  // The result is an element, because TypeScript before version 5.1 accepts no component that returns anything else.
  if (expired === undefined) {
    if (session) return createElement(Fragment, { key: keyOf(session) }, children);
    return createElement(Fragment, null, signsIn || status === 'loading' ? loading : unauthenticated);
  }
  // After a sign-out the error is null, or `signed_out` if a call has found that the user has signed out in another tab.
  const isOver = !session && (!error || SIGN_OUT_CODES.includes(error.code));
  if (isOver && isSameClient && entered.session) setEntered({ client, session: null });
  const endedSession = isSameClient && !isOver ? entered.session : null;
  // After a session without a known user the next user may be a different one, who must not see text that this user has typed.
  const lastSession = session ?? (endedSession && isKnown(endedSession) ? endedSession : null);
  if (!lastSession) {
    const fallback = endedSession ? expired : unauthenticated;
    return createElement(Fragment, null, signsIn || status === 'loading' ? loading : fallback);
  }
  // `visibility: hidden` would not be enough: elements inside may be `visible`.
  const style = { display: session ? 'contents' : 'none' } as const;
  return createElement(
    Fragment,
    null,
    createElement(
      LastSession.Provider,
      { value: { client, session: lastSession }, key: keyOf(lastSession) },
      createElement('div', { style }, children),
    ),
    session ? null : expired,
  );
}

/** `session` is the last one whose children were shown; `null` if an error came first, and with `expired` after a sign-out. */
type Entered = Omit<SessionOf, 'session'> & { readonly session: AnySession | null };

/** Codes of errors after which nothing of the session may be shown; the second may mean that another user has signed in. */
const SIGN_OUT_CODES: readonly string[] = ['signed_out', 'id_token_invalid'] satisfies SmartErrorCode[];

/** Whether a session identifies its user. */
const isKnown = ({ idToken, fhirUser }: AnySession) => Boolean(idToken?.sub ?? fhirUser);
