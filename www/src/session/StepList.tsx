import type { Step } from '../journal/step';
import './StepList.css';
import { StepLine } from './StepLine';

interface StepListProps {
  readonly steps: readonly Step[];
  /** Requests to the host of this URL are displayed with their path only. */
  readonly fhirBaseUrl: string;
}

/** The steps of the library, in order. */
export function StepList({ steps, fhirBaseUrl }: StepListProps) {
  // Requests without a response do not set the scale of the bars: one that timed out would make the bars of the others invisible.
  const durations = steps.flatMap((step) =>
    step.kind === 'request' && step.request.status !== null ? step.request.milliseconds : [],
  );
  const slowest = Math.max(1, ...durations);
  return (
    <ol className="steps" data-testid="steps">
      {steps.map((step) => (
        <StepLine key={step.id} step={step} fhirBaseUrl={fhirBaseUrl} slowest={slowest} />
      ))}
    </ol>
  );
}
