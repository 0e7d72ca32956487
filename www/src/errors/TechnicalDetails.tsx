import { SmartError } from 'smart-launch';
import type { ReactNode } from 'react';
import { outcomeText } from '../fhir/outcomes';
import { Details } from '../ui/Details';
import './TechnicalDetails.css';

/**
 * Details for developers: code, message and hint of the error, and the server's texts. The latter are untrusted, so they are
 * shown as text, also a link.
 */
export function TechnicalDetails({ error }: { readonly error: unknown }) {
  const smart = SmartError.is(error) ? error : null;
  const { oauth } = smart ?? {};
  const outcome = smart === null ? null : outcomeText(smart.operationOutcome);
  const rows: readonly [name: string, text: ReactNode, testId?: string][] = [
    ['Code', smart && <code>{smart.code}</code>, 'error-code'],
    ['Message', error instanceof Error ? error.message : String(error)],
    ['Hint', smart?.hint, 'error-hint'],
    ['Request', smart?.url !== undefined && <code>{smart.url}</code>],
    ['Status', smart?.status],
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
