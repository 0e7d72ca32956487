import { SmartError } from 'smart-launch';
import type { ReactNode } from 'react';
import { outcomeText } from '../fhir/outcomes';
import { Details } from '../ui/Details';
import './TechnicalDetails.css';

/**
 * Details for developers: code, message and hint of the error, and the server's texts. The server's texts are untrusted, so they
 * are shown as text, even a link.
 */
export function TechnicalDetails({ error }: { readonly error: unknown }) {
  const smartError = SmartError.is(error) ? error : null;
  const { oauth } = smartError ?? {};
  const outcome = smartError === null ? null : outcomeText(smartError.operationOutcome);
  const rows: readonly [name: string, text: ReactNode, testId?: string][] = [
    ['Code', smartError && <code>{smartError.code}</code>, 'error-code'],
    ['Message', error instanceof Error ? error.message : String(error)],
    ['Hint', smartError?.hint, 'error-hint'],
    ['Request', smartError?.url !== undefined && <code>{smartError.url}</code>],
    ['Status', smartError?.status],
    ['Server’s error', oauth && <code>{oauth.error}</code>],
    ['Server’s text', oauth?.description],
    ['Server’s hint', oauth?.hint],
    ['Server’s link', oauth?.uri !== undefined && <code>{oauth.uri}</code>],
    ['Server’s outcome', outcome],
  ];
  return (
    <Details summary="Details for developers" testId="error-details">
      <dl className="technical">
        {rows
          .filter(([, text]) => text)
          .map(([name, text, testId]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd data-testid={testId}>{text}</dd>
            </div>
          ))}
      </dl>
    </Details>
  );
}
