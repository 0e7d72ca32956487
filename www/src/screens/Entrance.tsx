import { useState } from 'react';
import type { SmartError } from 'smart-launch';
import { useSmart } from 'smart-launch/react';
import type { Demo } from '../demo';
import { PUSHED, travelOptions, USUAL, type Travel } from '../landing/travel';
import { Failure } from './Failure';
import { Landing } from './Landing';
import { SigningIn } from './SigningIn';

interface EntranceProps {
  readonly demo: Demo;
  /** Clears the earlier result from the screen. */
  readonly onStart: () => void;
}

/** The screens without a session: the start screen, or the error of a failed sign-in. */
export function Entrance({ demo, onStart }: EntranceProps) {
  const { activity, error, authorize } = useSmart();
  const [seen, setSeen] = useState<SmartError | null>(null);
  const signIn = (travel: Travel, iss?: string) => {
    demo.journal.begin('Sign-in begun');
    // The client's state has the error.
    authorize({ ...travelOptions(travel), ...(iss !== undefined && { iss }) }).catch(() => undefined);
  };
  const toStart = () => {
    setSeen(error);
    onStart();
  };
  if (activity !== 'idle') return <SigningIn journal={demo.journal} />;
  if (error !== null && error !== seen) {
    return <Failure demo={demo} error={error} onRetry={() => signIn(demo.bound ? PUSHED : USUAL)} onStart={toStart} />;
  }
  return <Landing demo={demo} onSignIn={signIn} />;
}
