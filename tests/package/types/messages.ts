// Messages for users, and translations of them.

import type { SmartError, SmartErrorCode, SmartEvents } from 'smart-launch';
import { english, messageFor, type SmartMessageKey, type SmartMessages } from 'smart-launch/messages';
import { german } from 'smart-launch/messages-de';
import { spanish } from 'smart-launch/messages-es';
import { french } from 'smart-launch/messages-fr';
import { expectType, type Same } from './expect.js';

export const languages: Record<string, SmartMessages> = { de: german, en: english, es: spanish, fr: french };
expectType<Same<keyof SmartMessages, SmartMessageKey>>();
expectType<Same<SmartMessageKey, SmartErrorCode | SmartEvents['signedOut']['reason'] | 'access_denied' | 'unavailable'>>();

export const appMessages: SmartMessages = { ...english, signed_out: 'Sign in with your hospital account.' };
export const textOf = (code: SmartErrorCode, reason: SmartEvents['signedOut']['reason']) => german[code] + german[reason];
export const texts = (error: SmartError, thrown: unknown) => [
  messageFor(error),
  messageFor(error, german),
  messageFor(thrown, appMessages),
];

const { network, ...incomplete } = english;
expectType<Same<typeof network, string>>();
// @ts-expect-error a code is missing
export const missing: SmartMessages = incomplete;
// @ts-expect-error there is no such code
export const extra: SmartMessages = { ...english, state_mismatch: 'Please try again.' };
// @ts-expect-error a message is a text
export const wrong: SmartMessages = { ...english, network: null };
// @ts-expect-error the messages are read-only
english.network = 'No network.';
// @ts-expect-error the messages of a translation are complete
messageFor(null, { network: 'No network.' });
