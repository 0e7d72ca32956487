/** Pages with a single message or question: an error, signing out, signed out. */

import { html, trusted } from './html.mjs';
import { dialog } from './layout.mjs';

/**
 * @param {{ error: string, error_description?: string }} error in OAuth's format
 * @param {readonly import('../oauth/mismatch.mjs').Mismatch[]} [mismatches]
 */
export const errorPage = ({ error, error_description: description }, mismatches = []) =>
  dialog({
    title: 'Something went wrong',
    ...(mismatches.length > 0 && { width: 'wide' }),
    content: html`<h1>This did not work</h1>
<p class="lead">${description ?? 'The request could not be answered.'}</p>
${mismatches.map(comparison)}
<p class="hint">Error <code data-testid="error">${error}</code></p>`,
  });

/** @param {import('../oauth/mismatch.mjs').Mismatch} mismatch */
const comparison = ({ parameter, received, registered, command, option }) => html`<dl class="addresses">
  <dt><code>${parameter}</code> of the request</dt><dd>${received === undefined ? 'missing' : html`<code>${received}</code>`}</dd>
  <dt>Registered</dt>${registered.map((value) => html`<dd><code>${value}</code></dd>`)}${registered.length === 0 && html`<dd>none</dd>`}
</dl>
${
  command &&
  html`<p class="lead">To register it, start the sandbox with <code data-testid="option">${command}</code>, or with
  <code>${option}</code> of an app in <code>startSandbox</code>.</p>`
}`;

/**
 * @param {string} form of oidc-provider; the buttons refer to it by its id
 * @param {string} [clientName]
 */
export const signOutPage = (form, clientName) =>
  dialog({
    title: 'Sign out',
    content: html`<h1>Sign out?</h1>
<p class="lead">${clientName && html`For <strong>${clientName}</strong>. `}This ends your session here.</p>
${trusted(form)}
<div class="actions">
  <button class="button primary" form="op.logoutForm" name="logout" value="yes" data-testid="sign-out">Sign out</button>
  <button class="button" form="op.logoutForm" data-testid="stay">Stay signed in</button>
</div>`,
  });

export const signedOutPage = () =>
  dialog({
    title: 'Signed out',
    content: html`<h1>You are signed out</h1>
<p class="lead">You can close this window.</p>`,
  });
