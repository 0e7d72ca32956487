import type { Stage } from '../landing/SequenceDiagram';
import { SignInSteps } from '../landing/SignInSteps';
import { PageLayout } from '../ui/PageLayout';
import './Progress.css';

interface ProgressProps {
  readonly title: string;
  readonly note: string;
  readonly stage: Stage;
  readonly fromEhr?: boolean;
}

/** Shown while the library is working and the user has to wait. */
export function Progress({ title, note, stage, fromEhr = false }: ProgressProps) {
  return (
    <PageLayout railLabel="Progress" rail={stage === null ? null : <SignInSteps stage={stage} fromEhr={fromEhr} />}>
      <div className="progress" role="status" data-testid="progress">
        <span className="progress-bar" aria-hidden="true" />
        <h1 className="progress-title">{title}</h1>
        <p className="progress-note">{note}</p>
      </div>
    </PageLayout>
  );
}
