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
  /** Does it again; offered where that may help. */
  readonly onRetry?: () => void;
  /** Other ways on. */
  readonly children?: ReactNode;
  /** The card is the screen, so its title is the page's. */
  readonly whole?: boolean;
}

/** What went wrong, whose turn it is, and what to do. */
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
        // The token's clock, unlit: there is no token.
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
