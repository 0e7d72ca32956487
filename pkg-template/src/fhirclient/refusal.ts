// The error of an unsupported or invalid argument.

import { SmartError } from '../error/smart-error.js';

/** @param hint what to do instead */
export const refusal = (message: string, hint: string): SmartError => new SmartError({ code: 'config_invalid', message, hint });
