import type { Journal } from '../journal/journal';
import { useSteps } from '../journal/useSteps';
import { RailSection } from './RailSection';
import { StepList } from './StepList';

interface StepsSectionProps {
  readonly journal: Journal;
  readonly fhirBaseUrl: string;
}

/** The steps of the journal, updated live. */
export function StepsSection({ journal, fhirBaseUrl }: StepsSectionProps) {
  return (
    <RailSection title="Requests and events">
      <StepList steps={useSteps(journal)} fhirBaseUrl={fhirBaseUrl} />
    </RailSection>
  );
}
