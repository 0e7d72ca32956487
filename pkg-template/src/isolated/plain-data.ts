// Options as JSON data.

import type { Data } from './message.js';

/** Options as JSON data, which can be sent to the worker. The engine reads nothing else of them. */
export function plainData(options: object = {}): Data | undefined {
  try {
    return JSON.parse(JSON.stringify({ ...options }));
  } catch {
    return undefined;
  }
}
