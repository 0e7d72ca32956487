// Errors that include their texts: they cannot wait for the chunk with the texts, or are thrown when nothing more can be
// loaded.

import type { SmartErrorMembers } from './smart-error.js';

export const DISPOSED = {
  code: 'aborted',
  message: 'this client was disposed of',
  hint: 'Create another one.',
  userMessage: 'The request was stopped.',
} satisfies SmartErrorMembers;

export const ABORTED = {
  code: 'aborted',
  message: 'the call was aborted',
  hint: 'Nothing is wrong: its signal ended it.',
  userMessage: 'The request was stopped.',
} satisfies SmartErrorMembers;

export const TIMED_OUT = {
  code: 'timeout',
  message: 'the call took longer than its signal permits',
  hint: 'Try again.',
  fault: 'network',
  userMessage: 'The health record system cannot be reached. Check the connection and try again.',
  retryable: true,
} satisfies SmartErrorMembers;

/** A chunk of the library that was not loaded. The chunk with the texts of errors may not load either. */
export const NOT_LOADED = {
  code: 'wasm_unavailable',
  message: 'a file of the library was not loaded',
  hint: 'Try again; if a new version of the app was deployed, reload the page.',
  fault: 'network',
  userMessage: 'Something could not be loaded. Check the connection and try again.',
  retryable: true,
} satisfies SmartErrorMembers;

export const SIGNAL_INVALID = {
  code: 'config_invalid',
  message: '`signal` is not an AbortSignal',
  hint: 'Pass the `signal` of an AbortController.',
  userMessage: 'This app is not set up correctly. Please tell the people who support it.',
} satisfies SmartErrorMembers;

export const IDLE = {
  code: 'session_expired',
  message: 'the user was not active for `idleTimeoutSeconds`',
  hint: 'Call authorize() to sign in again.',
  fault: 'user',
  userMessage: 'You were signed out because the app was not used for a while.',
} satisfies SmartErrorMembers;

export const WORKER_LOST = {
  code: 'worker_lost',
  message: 'the worker with the session did not start or has ended, so the session has ended',
  hint: 'Call authorize() to sign in again. If it never starts: serve dist/worker.js from this origin and permit it in the Content-Security-Policy (worker-src).',
  fault: 'browser',
  userMessage: 'Your session has ended. Please sign in again.',
  retryable: true,
} satisfies SmartErrorMembers;
