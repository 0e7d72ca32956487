import { useState, type ReactNode } from 'react';
import './Details.css';

interface DetailsProps {
  readonly summary: ReactNode;
  /** Whether the content is shown at first. */
  readonly open?: boolean;
  /** `data-testid` of the summary. */
  readonly testId?: string;
  /** The content, which is rendered when it is shown for the first time. */
  readonly children: ReactNode;
}

/** Content that is collapsed, because few users need it. */
export function Details({ summary, open = false, testId, children }: DetailsProps) {
  const [opened, setOpened] = useState(open);
  return (
    <details className="details" open={open} onToggle={() => setOpened(true)}>
      <summary data-testid={testId}>{summary}</summary>
      {opened && children}
    </details>
  );
}
