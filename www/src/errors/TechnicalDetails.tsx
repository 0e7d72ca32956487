import type { SmartError } from 'smart-launch';

interface TechnicalDetailsProps {
  readonly error: SmartError;
  /** The library's sentence, where the card says it otherwise. */
  readonly message: string | null;
}

/** What a developer wants to know: the stable code, and what to do. */
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
