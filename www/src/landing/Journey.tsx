import { Exchange, type Stage } from './Exchange';
import './Journey.css';

interface JourneyProps {
  readonly stage: Stage;
  readonly fromEhr?: boolean;
}

/** The rail before there is a session: the steps of a sign-in, and the progress of this one. */
export function Journey({ stage, fromEhr = false }: JourneyProps) {
  return (
    <div className="journey">
      <h2 className="journey-title">{stage === null ? 'How a sign-in works' : 'Sign-in in progress'}</h2>
      <Exchange stage={stage} fromEhr={fromEhr} />
    </div>
  );
}
