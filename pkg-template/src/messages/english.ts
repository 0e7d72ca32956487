// The messages in English.

import { USER_MESSAGES } from '../error/user-messages.js';
import { messagesOf } from './messages-of.js';
import type { SmartMessages } from './smart-messages.js';

/** The messages in English: those of {@link SmartError.userMessage}, and those for the event `signedOut`. */
export const english: SmartMessages = messagesOf({
  ...USER_MESSAGES,
  logout: 'You are signed out.',
  replaced: 'You have signed in again, so the earlier session has ended.',
  idle: 'You were signed out because the app was not used for a while.',
  identity_changed:
    'Another user has signed in, or another record was opened, so your session has ended. Please sign in again.',
});
