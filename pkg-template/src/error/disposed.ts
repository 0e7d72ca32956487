// @ts-nocheck
// What a client says that was put away. At once, so without the chunk of texts.

export const DISPOSED = {
  code: 'aborted',
  message: 'this client was put away by dispose()',
  hint: 'Make another one.',
  userMessage: 'The request was stopped.',
};
