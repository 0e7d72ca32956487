/**
 * Messages for users in French, for `messageFor` of `smart-launch/messages`.
 */

export { french } from './messages/french.js';
