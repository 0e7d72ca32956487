import type { ReactNode } from 'react';
import './Dial.css';

interface DialProps {
  /** Share of the dial that is lit, 0 to 1; `null` if unknown. */
  readonly share: number | null;
  readonly low: boolean;
  readonly children: ReactNode;
}

/** A ring of sixty marks, of which a share is lit. Decorative: the text inside has the same information. */
export function Dial({ share, low, children }: DialProps) {
  const lit = share === null ? 0 : Math.ceil(share * MARKS);
  return (
    <div className={low ? 'dial dial-low' : 'dial'}>
      <svg viewBox="-60 -60 120 120" aria-hidden="true">
        {Array.from({ length: MARKS }, (_, mark) => (
          <line
            key={mark}
            className={mark < lit ? 'dial-mark dial-lit' : 'dial-mark'}
            y1={mark % 5 === 0 ? -42 : -47}
            y2={-56}
            transform={`rotate(${(mark * 360) / MARKS})`}
            // A new token lights the marks one after another rather than all at once.
            style={{ transitionDelay: mark < lit ? `${mark * 8}ms` : '0ms' }}
          />
        ))}
      </svg>
      <div className="dial-centre">{children}</div>
    </div>
  );
}

const MARKS = 60;
