/** The line that shows the signed-in user, with a link to switch users. */

import { html } from './html.mjs';

/**
 * @param {object} line
 * @param {string} line.action URL path of the interaction
 * @param {import('../people/users.mjs').User} line.user
 */
export const signedInAs = ({ action, user }) => html`<p class="hint">
  Signed in as ${user.name}. <a href="${action}?switch" data-testid="switch-user">Use another user</a>
</p>`;
