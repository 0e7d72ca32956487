import type { SmartError } from 'smart-launch';

interface TechnicalDetailsProps {
  readonly error: SmartError;
  /** The library's message, if the card shows a different text. */
  readonly message: string | null;
}

/** Details for developers: the stable code, and the hint. */
export function TechnicalDetails({ error, message }: TechnicalDetailsProps) {
  return (
    <dl className="error-details">
      <div>
        <dt>Code</dt>
        <dd>
          <code data-testid="error-code">{error.code}</code>
          {error.status !== undefined && ` (HTTP ${error.status})`}
        </dd>
      </div>
      {message !== null && (
        <div>
          <dt>Message</dt>
          <dd>{message}</dd>
        </div>
      )}
      {error.hint !== '' && (
        <div>
          <dt>Hint</dt>
          <dd data-testid="error-hint">{error.hint}</dd>
        </div>
      )}
    </dl>
  );
}
