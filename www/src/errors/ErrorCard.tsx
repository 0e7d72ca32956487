import { SmartError } from 'smart-launch';
import type { ReactNode } from 'react';
import { Dial } from '../ui/Dial';
import { Button } from '../ui/Button';
import './ErrorCard.css';
import { headline, type Headline } from './headline';
import { ServerWords } from './ServerWords';
import { TechnicalDetails } from './TechnicalDetails';

interface ErrorCardProps {
  readonly error: unknown;
  /** Retries the action; set if that may help. */
  readonly onRetry?: () => void;
  /** Further actions. */
  readonly children?: ReactNode;
  /** True if the card fills the screen, so that its title is the page's heading. */
  readonly whole?: boolean;
}

/** Describes an error: what happened, who has to act, and how. */
export function ErrorCard({ error, onRetry, children, whole = false }: ErrorCardProps) {
  const smart = SmartError.is(error) ? error : null;
  const { title, lead, side }: Headline = smart === null ? FAULT : headline(smart);
  const message = error instanceof Error ? error.message : String(error);
  const again = smart === null || smart.retryable ? 'Try again' : side === 'choice' ? 'Sign in again' : null;
  const Title = whole ? 'h1' : 'h2';
  return (
    <section
      className={whole ? 'error-card error-whole' : 'error-card'}
      role="alert"
      data-side={side}
      data-testid="error-card"
    >
      {whole && (
        // The dial of the token, unlit because there is no token.
        <Dial share={0} low={false}>
          <span className="error-sign">{side === 'choice' ? '–' : '!'}</span>
        </Dial>
      )}
      <div className="error-text">
        <p className="error-side">{SIDES[side]}</p>
        <Title className="error-title">{title}</Title>
        <p className="error-message">{lead ?? message}</p>
        {smart?.oauth !== undefined && <ServerWords oauth={smart.oauth} />}
        <div className="error-actions">
          {onRetry !== undefined && again !== null && (
            <Button onClick={onRetry} data-testid="again">
              {again}
            </Button>
          )}
          {children}
        </div>
        {smart !== null && <TechnicalDetails error={smart} message={lead === undefined ? null : message} />}
      </div>
    </section>
  );
}

const FAULT: Headline = { title: 'This page has an error', side: 'app' };

const SIDES: Readonly<Record<Headline['side'], string>> = {
  choice: 'Nothing is broken',
  server: 'From the server',
  app: 'In this app',
  link: 'In the link',
  connection: 'Network',
  browser: 'In this browser',
};
