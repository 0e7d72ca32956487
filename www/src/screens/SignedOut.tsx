import type { LogoutResult } from 'smart-launch';
import { messageFor } from 'smart-launch/messages';
import type { Demo } from '../demo';
import { isInFrame } from '../isInFrame';
import { StepsSection } from '../session/StepsSection';
import { Button } from '../ui/Button';
import { ButtonLink } from '../ui/ButtonLink';
import { PageLayout } from '../ui/PageLayout';
import './SignedOut.css';

interface SignedOutProps {
  readonly demo: Demo;
  readonly result: LogoutResult;
  readonly onStart: () => void;
}

/** The result of signing out, including a session that may remain at the server. */
export function SignedOut({ demo, result, onStart }: SignedOutProps) {
  return (
    <PageLayout
      railLabel="Requests and events"
      rail={<StepsSection journal={demo.journal} fhirBaseUrl={demo.config.fhirBaseUrl} />}
    >
      <div className="signed-out" role="status" data-testid="signed-out">
        <h1>Signed out</h1>
        <p>The session was removed from this browser. {revocationText(result)}</p>
        {result.logoutUrl !== null && (
          <p>You are still signed in at the server, so a new sign-in may not ask for your password.</p>
        )}
        <div className="signed-out-ways">
          {result.logoutUrl !== null && (
            // Servers do not allow these pages in frames.
            <ButtonLink href={result.logoutUrl} target={isInFrame() ? '_blank' : undefined} data-testid="end-session">
              Also end the session at the server
            </ButtonLink>
          )}
          <Button onClick={onStart} data-testid="start-again">
            Back to the start
          </Button>
        </div>
      </div>
    </PageLayout>
  );
}

function revocationText({ revoked, error }: LogoutResult): string {
  if (revoked === true) return 'The server revoked the tokens.';
  if (error !== null) return messageFor(error);
  return 'The server does not support revocation: the tokens are valid until they expire.';
}
