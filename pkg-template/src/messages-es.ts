/**
 * Messages for users in Spanish, for `messageFor` of `smart-launch/messages`.
 */

export { spanish } from './messages/spanish.js';
