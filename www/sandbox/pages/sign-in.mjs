/** The sign-in page: the user selects an account; there are no passwords. */

import { html } from './html.mjs';
import { avatar, dialog } from './layout.mjs';

/**
 * @param {object} page
 * @param {string} page.action URL path of the interaction
 * @param {string} page.clientName of the app that requests the sign-in
 * @param {User[]} page.users
 *
 * @typedef {import('../people/users.mjs').User} User
 */
export function signInPage({ action, clientName, users }) {
  /** @param {User} user */
  const choice = ({ id, name, description }) => html`<li>
  <button class="choice" name="user" value="${id}" data-testid="user-${id}">
    ${avatar(name)}
    <span class="choice-text"><strong>${name}</strong><span class="muted">${description}</span></span>
    <span class="chevron" aria-hidden="true"></span>
  </button>
</li>`;
  /** @param {User['role']} role */
  const choices = (role) => users.filter((user) => user.role === role).map(choice);

  return dialog({
    title: 'Sign in',
    content: html`<h1>Sign in</h1>
<p class="lead">to continue to <strong>${clientName}</strong></p>
<form method="post" action="${action}/user">
  <h2 class="group">Clinicians</h2>
  <ul class="choices">${choices('practitioner')}</ul>
  <h2 class="group">Patients</h2>
  <ul class="choices">${choices('patient')}</ul>
</form>
<p class="hint">This is a sandbox with synthetic data. Choose any user; no password is needed.</p>`,
  });
}
