import { useState } from 'react';
import type { LogoutResult } from 'smart-launch';
import { useSmart, useSmartSession } from 'smart-launch/react';
import { homeUrl, type Demo } from '../demo';
import { PatientRecord } from '../record/PatientRecord';
import { SessionRail } from '../session/SessionRail';
import { Button } from '../ui/Button';
import { PageLayout } from '../ui/PageLayout';
import './SignedIn.css';

interface SignedInProps {
  readonly demo: Demo;
  readonly onSignedOut: (result: LogoutResult) => void;
}

/** The patient record and, on the rail, the session. */
export function SignedIn({ demo, onSignedOut }: SignedInProps) {
  const session = useSmartSession();
  const { activity, error, refresh, logout } = useSmart();
  const [generation, setGeneration] = useState(0);
  // The client's state has the error, and this page already shows it.
  const renew = () => void refresh().catch(() => undefined);
  const signOut = () => void logout({ postLogoutRedirectUri: homeUrl() }).then(onSignedOut, () => undefined);
  return (
    <PageLayout
      railLabel="The session"
      rail={
        <SessionRail
          client={demo.client}
          session={session}
          refreshing={activity === 'refreshing'}
          error={error}
          journal={demo.journal}
          onRefresh={renew}
        />
      }
      actions={
        <>
          <Button
            kind="quiet"
            data-testid="read-again"
            title="Reads everything again, with a new token if this one is about to expire"
            onClick={() => setGeneration(generation + 1)}
          >
            Read again
          </Button>
          <Button kind="quiet" data-testid="sign-out" onClick={signOut}>
            Sign out
          </Button>
        </>
      }
    >
      {session.patient === null ? (
        <div className="no-patient">
          <h1>No patient was chosen</h1>
          <p>The server signed you in without a patient in context, so there is no chart to show.</p>
        </div>
      ) : (
        <PatientRecord session={session} patient={session.patient} generation={generation} />
      )}
    </PageLayout>
  );
}
