// The type of the messages of a language.

import type { SmartErrorCode } from '../error/smart-error-code.js';
import type { SmartEvents } from '../session/smart-events.js';

/**
 * An error code, a reason of the event `signedOut`, or one of two keys that are not error codes: `access_denied`, if the user or
 * the server did not permit the access (`oauth.error` of `authorization_refused` and `token_refused`), and `unavailable`, if the
 * app's own server has failed.
 */
export type SmartMessageKey = SmartErrorCode | SmartEvents['signedOut']['reason'] | 'access_denied' | 'unavailable';

/**
 * One to three sentences for each key.
 *
 * @example
 * import { english, messageFor, type SmartMessages } from 'smart-launch/messages';
 * const own: SmartMessages = { ...english, signed_out: 'Please sign in with your hospital account.' };
 * const text = messageFor(new Error('unknown'), own);
 */
export type SmartMessages = { readonly [Key in SmartMessageKey]: string };
