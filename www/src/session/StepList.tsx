import type { Step } from '../journal/step';
import './StepList.css';
import { StepLine } from './StepLine';

interface StepListProps {
  readonly steps: readonly Step[];
  /** Requests to its host are shown by their path alone. */
  readonly fhirBaseUrl: string;
}

/** What the library did, in order. */
export function StepList({ steps, fhirBaseUrl }: StepListProps) {
  // A request without an answer took until somebody gave up; measured by that, the others would vanish.
  const answered = steps.flatMap((step) =>
    step.kind === 'request' && step.request.status !== null ? step.request.milliseconds : [],
  );
  const slowest = Math.max(1, ...answered);
  return (
    <ol className="steps" data-testid="steps">
      {steps.map((step) => (
        <StepLine key={step.id} step={step} fhirBaseUrl={fhirBaseUrl} slowest={slowest} />
      ))}
    </ol>
  );
}
