import type { ReactNode } from 'react';

interface EntryProps {
  readonly title: string;
  readonly detail?: ReactNode;
  /** Text at the end of the line, such as a date. */
  readonly aside?: ReactNode;
  /** True for an entry of the past, such as stopped or resolved. */
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
