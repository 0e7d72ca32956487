import { useId, type ReactNode } from 'react';
import type { SmartRead } from 'smart-launch/react';
import { Skeleton } from '../ui/Skeleton';
import './Panel.css';
import { PanelFailure } from './PanelFailure';

interface PanelProps<R> {
  readonly title: string;
  /** The resource type, to name the missing scope if it was not granted. */
  readonly type: string;
  readonly read: SmartRead<readonly R[]>;
  /** True to show the number of items next to the heading. */
  readonly showsCount?: boolean;
  /** The text for an empty list. */
  readonly empty: string;
  readonly children: (items: readonly R[]) => ReactNode;
}

/** A part of the record: its heading, and its contents or their loading or error state. */
export function Panel<R>({ title, type, read, showsCount = true, empty, children }: PanelProps<R>) {
  const heading = useId();
  const { status, data } = read;
  const count = showsCount && data !== null && data.length > 0 ? data.length : null;
  return (
    <section className="panel" aria-labelledby={heading} aria-busy={status === 'loading'} data-panel={type}>
      <h2 className="panel-title" id={heading}>
        {title}
        {count !== null && <span className="panel-count">{count}</span>}
      </h2>
      {status === 'error' && <PanelFailure type={type} error={read.error} retry={read.reload} />}
      {status === 'loading' && data === null && <Skeleton lines={3} label={`Reading ${title.toLowerCase()}`} />}
      {data !== null && (data.length === 0 ? <p className="panel-empty">{empty}</p> : children(data))}
    </section>
  );
}
