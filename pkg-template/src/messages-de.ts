/**
 * Messages for users in German, for `messageFor` of `smart-launch/messages`.
 */

export { german } from './messages/german.js';
