// The options of a client, as they are passed.

import { SmartError } from '../error/smart-error.js';
import type { SmartClientBehaviour, SmartServerDefaults } from './options.js';

/** Options as they are read. Missing members are refused by the first call. */
export type PassedOptions = SmartClientBehaviour & SmartServerDefaults & { servers?: readonly SmartServerDefaults[] };

/** Copies the options. Invalid options are reported by the first call, but a getter or proxy may throw here already. */
export function optionsOf(options: PassedOptions): PassedOptions {
  try {
    return { ...options };
  } catch (cause) {
    const hint = 'Pass plain data: reading a member throws.';
    throw new SmartError({ code: 'config_invalid', message: 'the options cannot be read', hint }, cause);
  }
}
