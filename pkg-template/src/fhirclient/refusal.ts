// The error of what is not done here, or not like that.

import { SmartError } from '../error/smart-error.js';

/** @param hint what to do instead */
export const refusal = (message: string, hint: string): SmartError => new SmartError({ code: 'config_invalid', message, hint });
