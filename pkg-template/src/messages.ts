/**
 * Messages for users: a sentence for each error, in English, and the type of a translation. German, Spanish and French are in
 * `smart-launch/messages-de`, `smart-launch/messages-es` and `smart-launch/messages-fr`.
 */

export { messageFor } from './messages/message-for.js';
export { english } from './messages/english.js';
export type { SmartMessageKey, SmartMessages } from './messages/smart-messages.js';
