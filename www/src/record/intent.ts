/**
 * The text for a launch intent. The values are agreed between an app and its EHRs (SMART App Launch 2.2, "launch
 * intent"); unknown values are ignored.
 */
export function intentText(intent: string | null): string | null {
  return intent === null ? null : (INTENTS[intent] ?? null);
}

/** True if the lists (medications, conditions …) come before the chart of vital signs: the user opened the app for them. */
export function isListsFirst(intent: string | null): boolean {
  return intent === 'reconcile-medications';
}

const INTENTS: Readonly<Record<string, string>> = {
  'reconcile-medications': 'Opened to reconcile medications',
  'review-results': 'Opened to review results',
};
