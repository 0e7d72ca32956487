import type { Demo } from '../demo';
import { ErrorCard } from '../errors/ErrorCard';
import { isInFrame } from '../isInFrame';
import { StepsSection } from '../session/StepsSection';
import { Button } from '../ui/Button';
import { ButtonLink } from '../ui/ButtonLink';
import { PageLayout } from '../ui/PageLayout';
import './Failure.css';

interface FailureProps {
  readonly demo: Demo;
  readonly error: unknown;
  readonly onRetry: () => void;
  readonly onStart: () => void;
}

/** A failed sign-in, or a session that ended. */
export function Failure({ demo, error, onRetry, onStart }: FailureProps) {
  const { ehrUrl, fhirBaseUrl } = demo.config;
  return (
    <PageLayout railLabel="Requests and events" rail={<StepsSection journal={demo.journal} fhirBaseUrl={fhirBaseUrl} />}>
      <div className="failure">
        <ErrorCard error={error} onRetry={onRetry} fullScreen>
          <Button onClick={onStart} data-testid="start-again">
            Back to the start
          </Button>
          {ehrUrl !== null && !isInFrame() && <ButtonLink href={ehrUrl}>Open it from the EHR</ButtonLink>}
        </ErrorCard>
      </div>
    </PageLayout>
  );
}
