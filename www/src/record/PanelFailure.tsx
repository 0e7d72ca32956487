import { SmartError } from 'smart-launch';
import { messageFor } from 'smart-launch/messages';
import { TechnicalDetails } from '../errors/TechnicalDetails';
import { Button } from '../ui/Button';

interface PanelFailureProps {
  readonly type: string;
  readonly error: unknown;
  readonly retry: () => void;
}

/** Explains why a part of the record is missing. A scope that was not granted is the user's choice, and no error. */
export function PanelFailure({ type, error, retry }: PanelFailureProps) {
  if (SmartError.is(error) && error.code === 'http_status' && error.status === 403) {
    return (
      <p className="panel-empty" data-testid="panel-not-shared">
        Not shared with this app. Reading this requires the permission <code>patient/{type}.rs</code>, which was not
        granted.
      </p>
    );
  }
  const canRetry = !SmartError.is(error) || error.retryable;
  return (
    <div className="panel-failure" role="alert" data-testid="panel-failure">
      <p>{messageFor(error)}</p>
      {canRetry && (
        <Button kind="quiet" onClick={retry}>
          Try again
        </Button>
      )}
      <TechnicalDetails error={error} />
    </div>
  );
}
