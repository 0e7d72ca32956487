import { useState } from 'react';
import type { SmartActivity, SmartError, SmartSession } from 'smart-launch';
import type { Demo } from '../demo';
import { PatientRecord } from '../record/PatientRecord';
import { SessionRail } from '../session/SessionRail';
import { Button } from '../ui/Button';
import { Frame } from '../ui/Frame';
import './SignedIn.css';

interface SignedInProps {
  readonly demo: Demo;
  readonly session: SmartSession;
  readonly activity: SmartActivity;
  readonly error: SmartError | null;
  readonly onSignOut: () => void;
}

/** The record on one side, the session on the other. */
export function SignedIn({ demo, session, activity, error, onSignOut }: SignedInProps) {
  const [generation, setGeneration] = useState(0);
  const refresh = () => {
    // What goes wrong is in the client's state, which this page shows already.
    demo.client.refresh().catch(() => undefined);
  };
  return (
    <Frame
      railLabel="The session"
      rail={
        <SessionRail
          session={session}
          refreshing={activity === 'refreshing'}
          error={error}
          journal={demo.journal}
          onRefresh={refresh}
        />
      }
      actions={
        <>
          <Button
            kind="quiet"
            data-testid="read-again"
            title="Asks for everything anew, with a new token if this one is about to end"
            onClick={() => setGeneration(generation + 1)}
          >
            Read again
          </Button>
          <Button kind="quiet" data-testid="sign-out" onClick={onSignOut}>
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
        <PatientRecord client={demo.client} session={session} patient={session.patient} generation={generation} />
      )}
    </Frame>
  );
}
