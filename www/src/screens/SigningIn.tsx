import type { SmartActivity } from 'smart-launch';
import { useSmart } from 'smart-launch/react';
import { isLaunchUrl } from '../demo';
import type { Journal } from '../journal/journal';
import { useSteps } from '../journal/useSteps';
import type { Stage } from '../landing/SequenceDiagram';
import { Progress } from './Progress';

/** The progress screen for the current activity of the client. */
export function SigningIn({ journal }: { readonly journal: Journal }) {
  const { activity } = useSmart();
  const stage = useStage(activity, journal);
  const fromEhr = isLaunchUrl(location.search);
  if (activity === 'signing-out') {
    return <Progress title="Signing out" note="Deleting the session, then revoking its tokens." stage={null} />;
  }
  if (stage === null) return <Progress title="Opening" note="Looking for a session." stage={null} />;
  return <Progress title="Signing in" note={NOTES[stage]} stage={stage} fromEhr={fromEhr} />;
}

/** The journal survives the redirect to the server, so it shows whether the page is before or after the redirect. */
function useStage(activity: SmartActivity, journal: Journal): Stage {
  const steps = useSteps(journal);
  if (activity !== 'signing-in') return null;
  if (steps.some((step) => step.kind === 'redirect')) return 'token-request';
  return steps.some((step) => step.kind === 'request') ? 'redirect' : 'discovery';
}

const NOTES: Readonly<Record<NonNullable<Stage>, string>> = {
  discovery: 'Reading the server’s SMART configuration.',
  redirect: 'Redirecting to the server’s sign-in page.',
  'token-request': 'Exchanging the code for tokens.',
};
