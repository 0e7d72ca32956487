import { SmartError } from 'smart-launch';
import type { ReactNode } from 'react';
import { outcomeText } from '../fhir/outcomes';
import { Details } from '../ui/Details';
import './TechnicalDetails.css';

/**
 * Details for developers: the library's code, message and hint, and the server's own texts. Those are untrusted: shown as plain
 * text, with a link that cannot be clicked.
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
    ['Its text', oauth?.description],
    ['Its hint', oauth?.hint],
    ['Its link', oauth?.uri !== undefined && <code>{oauth.uri}</code>],
    ['Its outcome', outcome],
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
