import { useState } from 'react';
import type { SmartError } from 'smart-launch';
import { useSmart } from 'smart-launch/react';
import type { Demo } from '../demo';
import { authorizeOptions, DEFAULT_TRANSPORT, PUSHED_TRANSPORT, type Transport } from '../landing/transport';
import { Failure } from './Failure';
import { Landing } from './Landing';
import { SigningIn } from './SigningIn';

interface NotSignedInProps {
  readonly demo: Demo;
  /** Called when the user goes back to the start screen. */
  readonly onStart: () => void;
}

/** The screens without a session: the start screen, or the error of a failed sign-in. */
export function NotSignedIn({ demo, onStart }: NotSignedInProps) {
  const { activity, error, authorize } = useSmart();
  const [dismissedError, setDismissedError] = useState<SmartError | null>(null);
  const signIn = (transport: Transport, iss?: string) => {
    demo.journal.begin('Sign-in started');
    // The client's state has the error.
    authorize({ ...authorizeOptions(transport), ...(iss !== undefined && { iss }) }).catch(() => undefined);
  };
  const showStart = () => {
    setDismissedError(error);
    onStart();
  };
  if (activity !== 'idle') return <SigningIn journal={demo.journal} />;
  if (error !== null && error !== dismissedError) {
    const retry = () => signIn(demo.bound ? PUSHED_TRANSPORT : DEFAULT_TRANSPORT);
    return <Failure demo={demo} error={error} onRetry={retry} onStart={showStart} />;
  }
  return <Landing demo={demo} onSignIn={signIn} />;
}
