import { useId, type ReactNode } from 'react';
import { Skeleton } from '../ui/Skeleton';
import './Panel.css';
import { PanelFailure } from './PanelFailure';
import type { Loaded } from './useLoad';

interface PanelProps<R> {
  readonly title: string;
  /** The resource type read, to say which permission is missing when it is. */
  readonly type: string;
  readonly loaded: Loaded<readonly R[]>;
  /** Says how many there are, beside the heading. */
  readonly counted?: boolean;
  /** What to say when there is nothing. */
  readonly empty: string;
  readonly children: (items: readonly R[]) => ReactNode;
}

/** A part of the record: its heading, and whatever state its contents are in. */
export function Panel<R>({ title, type, loaded, counted = true, empty, children }: PanelProps<R>) {
  const heading = useId();
  const count = counted && loaded.status === 'ready' && loaded.value.length > 0 ? loaded.value.length : null;
  return (
    <section className="panel" aria-labelledby={heading} aria-busy={loaded.status === 'loading'} data-panel={type}>
      <h2 className="panel-title" id={heading}>
        {title}
        {count !== null && <span className="panel-count">{count}</span>}
      </h2>
      {loaded.status === 'loading' && <Skeleton lines={3} label={`Reading ${title.toLowerCase()}`} />}
      {loaded.status === 'failed' && <PanelFailure type={type} error={loaded.error} retry={loaded.retry} />}
      {loaded.status === 'ready' &&
        (loaded.value.length === 0 ? <p className="panel-empty">{empty}</p> : children(loaded.value))}
    </section>
  );
}
