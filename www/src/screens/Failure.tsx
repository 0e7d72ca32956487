import type { Demo } from '../demo';
import { ErrorCard } from '../errors/ErrorCard';
import { framed } from '../framed';
import { StepsSection } from '../session/StepsSection';
import { Button } from '../ui/Button';
import { ButtonLink } from '../ui/ButtonLink';
import { Frame } from '../ui/Frame';
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
    <Frame railLabel="Requests and events" rail={<StepsSection journal={demo.journal} fhirBaseUrl={fhirBaseUrl} />}>
      <div className="failure">
        <ErrorCard error={error} onRetry={onRetry} whole>
          <Button onClick={onStart} data-testid="start-again">
            Back to the start
          </Button>
          {ehrUrl !== null && !framed() && <ButtonLink href={ehrUrl}>Open it from the EHR</ButtonLink>}
        </ErrorCard>
      </div>
    </Frame>
  );
}
