/** Pages with a single message or question: an error, signing out, signed out. */

import { html, trusted } from './html.mjs';
import { dialog } from './layout.mjs';

/** @param {{ error: string, error_description?: string }} error as OAuth has it */
export const errorPage = ({ error, error_description: description }) =>
  dialog({
    title: 'Something went wrong',
    content: html`<h1>This did not work</h1>
<p class="lead">${description ?? 'The request could not be answered.'}</p>
<p class="hint">Error <code data-testid="error">${error}</code></p>`,
  });

/**
 * @param {string} form made by oidc-provider; the buttons belong to it by its id
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
