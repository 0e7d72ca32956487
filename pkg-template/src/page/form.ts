// An authorization request by POST.

import type { PostedRequest } from './navigation.js';

/** Submits the request as a form of a document. */
export function submit(document: Document, { action, fields }: PostedRequest): void {
  const form = document.createElement('form');
  form.method = 'POST';
  form.action = action;
  form.hidden = true;
  for (const [name, value] of fields) {
    form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
  }
  document.body.append(form);
  // A field named "submit" would hide the method.
  HTMLFormElement.prototype.submit.call(form);
  form.remove();
}
