import type { ReactNode } from 'react';

interface EntryProps {
  readonly title: string;
  readonly detail?: ReactNode;
  /** At the end of the line: a date or the like. */
  readonly aside?: ReactNode;
  /** Belongs to the past: stopped, resolved. */
  readonly past?: boolean;
  readonly mark?: ReactNode;
}

/** One line of a panel. */
export function Entry({ title, detail, aside, past = false, mark }: EntryProps) {
  return (
    <li className={past ? 'entry entry-past' : 'entry'}>
      <div className="entry-main">
        <span className="entry-title">{title}</span> {mark}
        {detail !== undefined && detail !== null && <div className="entry-detail">{detail}</div>}
      </div>
      {aside !== undefined && aside !== null && <div className="entry-aside">{aside}</div>}
    </li>
  );
}
