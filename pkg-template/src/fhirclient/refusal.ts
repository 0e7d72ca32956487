// @ts-nocheck
// The error of what is not done here, or not like that.

import { SmartError } from '../error/smart-error.js';

/**
 * @param {string} message
 * @param {string} hint what to do instead
 */
export const refusal = (message, hint) => new SmartError({ code: 'config_invalid', message, hint });
