import type { SmartRequestEvent } from 'smart-launch';

/** One line of the journal. */
export type Step = NewStep & { readonly id: number; readonly at: number };

export type NewStep =
  | { readonly kind: 'request'; readonly request: SmartRequestEvent }
  | { readonly kind: 'note'; readonly tone: 'plain' | 'good' | 'bad'; readonly text: string }
  | { readonly kind: 'redirect' };
