// What becomes an error.

import type { SmartErrorMembers } from './smart-error.js';

/** Describes an error, before its texts are there. */
export interface Failure extends Omit<SmartErrorMembers, 'message'> {
  /** A sentence, where there is a better one than the code's. */
  readonly about?: string | undefined;
  readonly cause?: unknown;
}
