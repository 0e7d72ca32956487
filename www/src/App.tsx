import { use, useState } from 'react';
import type { LogoutResult } from 'smart-launch';
import { RequireSmart, SmartProvider } from 'smart-launch/react';
import { demo as opening, homeUrl } from './demo';
import { Entrance } from './screens/Entrance';
import { SignedIn } from './screens/SignedIn';
import { SignedOut } from './screens/SignedOut';
import { SigningIn } from './screens/SigningIn';

/** Chooses the screen. An EHR launch signs in at once; other users start the sign-in themselves. */
export function App() {
  const demo = use(opening);
  const [ended, setEnded] = useState<LogoutResult | null>(null);
  const toStart = () => {
    // Removes a failed launch from the URL; otherwise the next sign-in would repeat it.
    history.replaceState(null, '', homeUrl());
    setEnded(null);
  };
  return (
    <SmartProvider client={demo.client}>
      <RequireSmart
        redirect="launch"
        loading={<SigningIn journal={demo.journal} />}
        unauthenticated={
          ended === null ? (
            <Entrance demo={demo} onStart={toStart} />
          ) : (
            <SignedOut demo={demo} result={ended} onStart={toStart} />
          )
        }
      >
        <SignedIn demo={demo} onSignedOut={setEnded} />
      </RequireSmart>
    </SmartProvider>
  );
}
