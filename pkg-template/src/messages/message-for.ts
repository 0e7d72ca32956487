// The message for an error.

import { SmartError } from '../error/smart-error.js';
import { userMessageKey } from '../error/user-messages.js';
import { english } from './english.js';
import type { SmartMessages } from './smart-messages.js';

/**
 * The sentence for an error, without texts of the server. A code of a later version has its `userMessage`, in English; any other
 * thrown value has the sentence of `internal`.
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
  const key = isKnown ? userMessageKey(error) : 'internal';
  // The keys of an app in JavaScript may be incomplete, and a code may come from a server of a later version.
  const texts: unknown[] = [messages?.[key], english[key], isKnown && error.userMessage];
  return (texts.find((text) => typeof text === 'string') as string | undefined) ?? english.internal;
}
