/** The patient picker: a practitioner chooses whose record the app will open (`launch/patient`). */

import { html } from './html.mjs';
import { avatar, dialog } from './layout.mjs';
import { signedInAs } from './signed-in-as.mjs';

/**
 * @param {object} page
 * @param {string} page.action URL path of the interaction
 * @param {string} page.clientName
 * @param {import('../people/users.mjs').User} page.user
 * @param {import('../ehr/roster.mjs').PatientSummary[]} page.patients
 */
export function patientPicker({ action, clientName, user, patients }) {
  return dialog({
    title: 'Choose a patient',
    width: 'wide',
    content: html`<h1>Choose a patient</h1>
<p class="lead"><strong>${clientName}</strong> will open this patient’s record.</p>
<form method="get" action="${action}">
  <ul class="choices two-columns">
    ${patients.map(
      ({ id, name, familyFirst, facts, birthDate, reason }) => html`<li>
      <button class="choice" name="patient" value="${id}" data-testid="patient-${id}">
        ${avatar(name)}
        <span class="choice-text">
          <strong>${familyFirst}</strong>
          <span class="muted">${facts} · born ${birthDate}</span>
          <span class="muted">${reason}</span>
        </span>
      </button>
    </li>`,
    )}
  </ul>
</form>
${signedInAs({ action, user })}`,
  });
}
