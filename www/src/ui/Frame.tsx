import type { ReactNode } from 'react';
import './Frame.css';
import { Wordmark } from './Wordmark';

interface FrameProps {
  /** Content at the right of the top bar. */
  readonly actions?: ReactNode;
  /** The side rail, with the steps of the library: planned, running and completed. */
  readonly rail: ReactNode;
  readonly railLabel: string;
  readonly children: ReactNode;
}

/** The two columns of every screen: the app on a light background, the library on the dark rail. */
export function Frame({ actions, rail, railLabel, children }: FrameProps) {
  return (
    <div className="frame">
      <div className="frame-page">
        <header className="frame-bar">
          <Wordmark />
          {actions !== undefined && <div className="frame-actions">{actions}</div>}
        </header>
        <main className="frame-main">{children}</main>
      </div>
      <aside className="frame-rail" aria-label={railLabel}>
        {rail}
      </aside>
    </div>
  );
}
