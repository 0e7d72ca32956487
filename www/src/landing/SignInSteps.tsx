import { SequenceDiagram, type Stage } from './SequenceDiagram';
import './SignInSteps.css';

interface SignInStepsProps {
  readonly stage: Stage;
  readonly fromEhr?: boolean;
}

/** The rail before there is a session: the steps of a sign-in, and the progress of this one. */
export function SignInSteps({ stage, fromEhr = false }: SignInStepsProps) {
  return (
    <div className="sign-in-steps">
      <h2 className="sign-in-steps-title">{stage === null ? 'How a sign-in works' : 'Sign-in in progress'}</h2>
      <SequenceDiagram stage={stage} fromEhr={fromEhr} />
    </div>
  );
}
