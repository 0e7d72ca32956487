import { use, useState } from 'react';
import type { LogoutResult } from 'smart-launch';
import { RequireSmart, SmartProvider } from 'smart-launch/react';
import { demo as demoPromise, homeUrl } from './demo';
import { NotSignedIn } from './screens/NotSignedIn';
import { SignedIn } from './screens/SignedIn';
import { SignedOut } from './screens/SignedOut';
import { SigningIn } from './screens/SigningIn';

/** Chooses the screen. An EHR launch signs in at once; other users start the sign-in themselves. */
export function App() {
  const demo = use(demoPromise);
  const [logoutResult, setLogoutResult] = useState<LogoutResult | null>(null);
  const showStart = () => {
    // Removes a failed launch from the URL; otherwise the next sign-in would repeat it.
    history.replaceState(null, '', homeUrl());
    setLogoutResult(null);
  };
  return (
    <SmartProvider client={demo.client}>
      <RequireSmart
        redirect="launch"
        loading={<SigningIn journal={demo.journal} />}
        unauthenticated={
          logoutResult === null ? (
            <NotSignedIn demo={demo} onStart={showStart} />
          ) : (
            <SignedOut demo={demo} result={logoutResult} onStart={showStart} />
          )
        }
      >
        <SignedIn demo={demo} onSignedOut={setLogoutResult} />
      </RequireSmart>
    </SmartProvider>
  );
}
