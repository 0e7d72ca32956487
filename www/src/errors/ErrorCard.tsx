import { SmartError } from 'smart-launch';
import { messageFor } from 'smart-launch/messages';
import type { ReactNode } from 'react';
import { Dial } from '../ui/Dial';
import { Button } from '../ui/Button';
import './ErrorCard.css';
import { TechnicalDetails } from './TechnicalDetails';

interface ErrorCardProps {
  readonly error: unknown;
  /** Retries the action. Its button is shown only if that may help. */
  readonly onRetry?: () => void;
  /** Further actions. */
  readonly children?: ReactNode;
  /** True if the card fills the screen, so that its title is the page's heading. */
  readonly fullScreen?: boolean;
}

/** Describes an error to the user: what happened, and what to do. */
export function ErrorCard({ error, onRetry, children, fullScreen = false }: ErrorCardProps) {
  const smartError = SmartError.is(error) ? error : null;
  // Any other error than a SmartError comes from the page itself.
  const fault = smartError?.fault ?? 'app';
  const [title, rest] = sentencesOf(messageFor(error));
  const retryLabel = smartError === null || smartError.retryable ? 'Try again' : fault === 'user' ? 'Sign in again' : null;
  const Title = fullScreen ? 'h1' : 'h2';
  return (
    <section
      className={fullScreen ? 'error-card error-full-screen' : 'error-card'}
      role="alert"
      data-fault={fault}
      data-testid="error-card"
    >
      {fullScreen && (
        // The dial of the token, unlit because there is no token.
        <Dial share={0} low={false}>
          <span className="error-sign">{fault === 'user' ? '–' : '!'}</span>
        </Dial>
      )}
      <div className="error-text">
        <p className="error-side">{FAULT_LABELS[fault]}</p>
        <Title className="error-title">{title}</Title>
        {rest !== '' && <p className="error-message">{rest}</p>}
        <div className="error-actions">
          {onRetry !== undefined && retryLabel !== null && (
            <Button onClick={onRetry} data-testid="again">
              {retryLabel}
            </Button>
          )}
          {children}
        </div>
        <TechnicalDetails error={error} />
      </div>
    </section>
  );
}

/** The first sentence of a message, without the full stop, and the others. */
function sentencesOf(message: string): [string, string] {
  const [, first = message, rest = ''] = /^(.*?)\.(?: (.*))?$/.exec(message) ?? [];
  return [first, rest];
}

const FAULT_LABELS: Readonly<Record<SmartError['fault'], string>> = {
  user: 'Nothing is broken',
  server: 'From the server',
  app: 'In this app',
  network: 'Network',
  browser: 'In this browser',
};
