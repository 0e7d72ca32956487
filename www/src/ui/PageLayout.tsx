import type { ReactNode } from 'react';
import './PageLayout.css';
import { Wordmark } from './Wordmark';

interface PageLayoutProps {
  /** Content at the right of the top bar. */
  readonly actions?: ReactNode;
  /** The side rail, with the steps of the library. */
  readonly rail: ReactNode;
  readonly railLabel: string;
  readonly children: ReactNode;
}

/** The two columns of every screen: the app, and the library on the rail, which is always dark. */
export function PageLayout({ actions, rail, railLabel, children }: PageLayoutProps) {
  return (
    <div className="layout">
      <div className="layout-page">
        <header className="layout-bar">
          <Wordmark />
          {actions !== undefined && <div className="layout-actions">{actions}</div>}
        </header>
        <main className="layout-main">{children}</main>
      </div>
      <aside className="layout-rail" aria-label={railLabel}>
        {rail}
      </aside>
    </div>
  );
}
