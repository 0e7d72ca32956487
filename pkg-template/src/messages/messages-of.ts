// Completes the messages of a language: several codes have the same message.

import { SHARED_MESSAGES } from '../error/user-messages.js';
import type { UserMessages } from '../error/user-messages.js';
import type { SmartMessageKey, SmartMessages } from './smart-messages.js';

/** The messages of a language, each once: without the codes that have the message of another code. */
export type Sentences = UserMessages & {
  readonly [Key in Exclude<SmartMessageKey, keyof UserMessages | keyof typeof SHARED_MESSAGES>]: string;
};

/** The messages of a language, for every key. */
export function messagesOf(sentences: Sentences): SmartMessages {
  const shared = Object.entries(SHARED_MESSAGES).map(([code, key]) => [code, sentences[key]]);
  // `Object.fromEntries` loses the keys.
  return { ...sentences, ...(Object.fromEntries(shared) as Record<keyof typeof SHARED_MESSAGES, string>) };
}
