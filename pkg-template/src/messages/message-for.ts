// The message for an error.

import { SmartError } from '../error/smart-error.js';
import { userMessageKey } from '../error/user-messages.js';
import { english } from './english.js';
import type { SmartMessages } from './smart-messages.js';

/**
 * Returns the sentence for an error. The sentence contains no text of a server. For a code that `messages` does not have it is
 * the English sentence, or `error.userMessage` for a code of a later version; for a value that is not a `SmartError`, it is the
 * message of `internal`.
 *
 * @param error anything that was thrown
 * @param messages of the user's language; default: {@link english}
 *
 * @example
 * import { messageFor } from 'smart-launch/messages';
 * import { german } from 'smart-launch/messages-de';
 * try { await smart.ready(); }
 * catch (error) { show(messageFor(error, german)); }
 */
export function messageFor(error: unknown, messages: SmartMessages = english): string {
  const isKnown = SmartError.is(error);
  const key = isKnown ? keyOf(error) : 'internal';
  // An app in JavaScript may leave out keys, and the app's server may use a later version with other codes.
  const texts: unknown[] = [messages?.[key], english[key], isKnown && error.userMessage];
  return (texts.find((text) => typeof text === 'string') as string | undefined) ?? english.internal;
}

/**
 * The key of an error's message. Errors of a session store on the app's server have the codes of errors of a browser, and the
 * error of the idle timeout has that of other expired sessions.
 */
const keyOf = (error: SmartError) => OWN_KEYS.find((key) => error.userMessage === english[key]) ?? userMessageKey(error);

const OWN_KEYS = ['unavailable', 'idle'] as const;
