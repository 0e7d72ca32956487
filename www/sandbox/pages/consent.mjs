/** The consent page: describes the scopes that the app requests, each with a checkbox that the user may clear. */

import { html } from './html.mjs';
import { avatar, dialog } from './layout.mjs';
import { scopeInWords } from './scope-words.mjs';
import { signedInAs } from './signed-in-as.mjs';

/** @satisfies {Record<import('./scope-words.mjs').ScopeInWords['group'], string>} */
const GROUPS = { identity: 'About you', context: 'What you have open', records: 'Health records', time: 'How long' };

/**
 * @param {object} page
 * @param {string} page.action URL path of the interaction
 * @param {string} page.clientName
 * @param {import('../people/users.mjs').User} page.user
 * @param {import('../ehr/roster.mjs').PatientSummary} [page.patient]
 * @param {string[]} page.scopes that the app asked for
 */
export function consentPage({ action, clientName, user, patient, scopes }) {
  const items = scopes.map((scope) => scopeInWords(scope, { user, patientName: patient?.name }));

  /** @param {[kind: string, heading: string]} group */
  const group = ([kind, heading]) => {
    const members = items.filter((item) => item.group === kind);
    return (
      members.length > 0 &&
      html`<fieldset>
    <legend class="group">${heading}</legend>
    ${members.map(checkbox)}
  </fieldset>`
    );
  };

  return dialog({
    title: 'Allow access',
    content: html`<h1>Allow access?</h1>
<p class="lead"><strong>${clientName}</strong> asks for the following access. Uncheck anything that you do not want to share.</p>
${patient && patientLine(patient)}
<form method="post" action="${action}/consent">
  ${patient && html`<input type="hidden" name="patient" value="${patient.id}">`}
  ${Object.entries(GROUPS).map(group)}
  <div class="actions">
    <button class="button primary" data-testid="allow">Allow</button>
    <button class="button" formaction="${action}/denial" data-testid="deny">Deny</button>
  </div>
</form>
${signedInAs({ action, user })}`,
  });
}

/** @param {import('./scope-words.mjs').ScopeInWords} item */
const checkbox = ({ scope, title, note }) => html`<label class="permission">
  <input type="checkbox" name="scope" value="${scope}" checked data-testid="scope-${scope}">
  <span>
    <strong>${title}</strong>
    <span class="muted detail">${note && html`<span>${note}</span>`}<code>${scope}</code></span>
  </span>
</label>`;

/** @param {import('../ehr/roster.mjs').PatientSummary} patient */
const patientLine = ({ name, facts, birthDate }) => html`<p class="person-line">
  ${avatar(name)}<span><strong>${name}</strong><span class="muted">${facts} · born ${birthDate}</span></span>
</p>`;
