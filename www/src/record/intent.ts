/**
 * What an EHR may open this app for. The words are agreed between an app and its EHRs (SMART App Launch 2.2, "launch
 * intent"); one that is not known here changes nothing.
 */
export function intentText(intent: string | null): string | null {
  return intent === null ? null : (INTENTS[intent] ?? null);
}

/** Whether the medications and conditions are what the user came for, rather than the chart. */
export function isListsFirst(intent: string | null): boolean {
  return intent === 'reconcile-medications';
}

const INTENTS: Readonly<Record<string, string>> = {
  'reconcile-medications': 'Opened to reconcile medications',
  'review-results': 'Opened to review results',
};
