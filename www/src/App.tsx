import { use, useEffect, useState } from 'react';
import type { LogoutResult } from 'smart-launch';
import { demo as opening, homeUrl } from './demo';
import { travelOptions, USUAL, type Travel } from './landing/travel';
import { Failure } from './screens/Failure';
import { Landing } from './screens/Landing';
import { SignedIn } from './screens/SignedIn';
import { SignedOut } from './screens/SignedOut';
import { SigningIn } from './screens/SigningIn';
import { useSmart } from './useSmart';

/** Chooses the screen: what the client's state says, or how the last sign-in or sign-out ended. */
export function App() {
  const demo = use(opening);
  const { client, config, journal } = demo;
  const state = useSmart(client);
  const [problem, setProblem] = useState<unknown>(null);
  const [seen, setSeen] = useState<unknown>(null);
  const [ended, setEnded] = useState<LogoutResult | null>(null);

  useEffect(() => {
    // Memoised in the demo, so StrictMode's second call starts nothing.
    demo.start().catch(setProblem);
  }, [demo]);

  const signIn = (travel: Travel) => {
    setProblem(null);
    setEnded(null);
    journal.begin('Sign-in begun');
    client.authorize(travelOptions(travel)).catch(setProblem);
  };
  const signOut = () => {
    client.logout({ postLogoutRedirectUri: homeUrl() }).then(setEnded, setProblem);
  };
  const error = problem ?? state.error;
  const toStart = () => {
    // A launch that failed is done with: left in the address, the next sign-in would be the same launch again.
    history.replaceState(null, '', homeUrl());
    setEnded(null);
    setSeen(error);
  };

  if (state.status === 'authenticated') {
    return (
      <SignedIn demo={demo} session={state.session} activity={state.activity} error={state.error} onSignOut={signOut} />
    );
  }
  if (state.status === 'loading' || state.activity !== 'idle') return <SigningIn state={state} journal={journal} />;
  if (ended !== null) return <SignedOut demo={demo} result={ended} onStart={toStart} />;
  if (error !== null && error !== seen) {
    return <Failure demo={demo} error={error} onRetry={() => signIn(USUAL)} onStart={toStart} />;
  }
  return <Landing config={config} onSignIn={signIn} />;
}
