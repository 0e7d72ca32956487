// Descriptions from which errors are created.

import type { SmartErrorMembers } from './smart-error.js';

/** Describes an error whose texts are not loaded yet. */
export interface Failure extends Omit<SmartErrorMembers, 'message'> {
  /** A sentence that replaces the message of the code. */
  readonly about?: string | undefined;
  readonly cause?: unknown;
}
