// Options as JSON data.

import type { Data } from './message.js';

/** Options as JSON data, the form that can be sent and that the engine reads; `undefined` if they cannot be converted. */
export function plainData(options: object = {}): Data | undefined {
  try {
    return JSON.parse(JSON.stringify({ ...options }));
  } catch {
    return undefined;
  }
}
