import type { SmartClient, SmartError, SmartSession } from 'smart-launch';
import type { Journal } from '../journal/journal';
import type { Step } from '../journal/step';
import { useSteps } from '../journal/useSteps';
import { ErrorCard } from '../errors/ErrorCard';
import { RailSection } from './RailSection';
import { ScopeList } from './ScopeList';
import { SessionFacts } from './SessionFacts';
import { StepsSection } from './StepsSection';
import { StolenToken } from './StolenToken';
import { TokenClock } from './TokenClock';
import { WarningList } from './WarningList';

interface SessionRailProps {
  readonly client: SmartClient;
  readonly session: SmartSession;
  readonly refreshing: boolean;
  /** The error of a refresh that failed while the session continues. */
  readonly error: SmartError | null;
  readonly journal: Journal;
  readonly onRefresh: () => void;
}

/** The rail of a signed-in page, with the token, the steps of the library, and the session. */
export function SessionRail({ client, session, refreshing, error, journal, onRefresh }: SessionRailProps) {
  const renewal = useSteps(journal).findLast(isRenewal);
  return (
    <>
      <TokenClock session={session} refreshing={refreshing} renewedAt={renewal?.at ?? null} onRefresh={onRefresh} />
      {error !== null && <ErrorCard error={error} onRetry={onRefresh} />}
      <StepsSection journal={journal} fhirBaseUrl={session.serverUrl} />
      <RailSection title="Permissions">
        <ScopeList session={session} />
      </RailSection>
      <RailSection title="Server warnings">
        <WarningList warnings={session.warnings} />
      </RailSection>
      <StolenToken client={client} session={session} />
      <RailSection title="Session">
        <SessionFacts session={session} />
      </RailSection>
    </>
  );
}

function isRenewal(step: Step): boolean {
  return step.kind === 'request' && step.request.purpose === 'refresh' && step.request.status === 200;
}
