/** The EHR's workspace: patients on the left, the open chart with its apps on the right. */

import { statesNoAllergy } from '../chart/codes.mjs';
import { INTENTS } from '../ehr/launch.mjs';
import { html } from './html.mjs';
import { avatar, brand, document } from './layout.mjs';
import { summary, titleOf } from './summary.mjs';

/**
 * The workspace before a chart is open.
 *
 * @param {object} page
 * @param {import('../people/users.mjs').User} page.user
 * @param {import('../ehr/roster.mjs').Roster} page.roster
 */
export const welcomePage = ({ user, roster }) =>
  workspace({
    title: 'Patients',
    user,
    roster,
    main: html`<section class="welcome">
  <h1>Launch an app from a chart</h1>
  <ol class="steps">
    <li><strong>Choose a patient.</strong> The chart opens beside the list.</li>
    <li><strong>Open the app</strong>, in the chart or in a new tab. Its launch URL gets <code>iss</code>, the
      address of this server, and <code>launch</code>, a handle that stands for you, the patient and the visit.</li>
    <li><strong>The app signs in</strong> with the handle, without a page in between, and receives the patient and
      the visit with its access token.</li>
  </ol>
</section>`,
  });

/**
 * The workspace with a chart, optionally with an app in it.
 *
 * @param {object} page
 * @param {import('../people/users.mjs').User} page.user
 * @param {import('../ehr/roster.mjs').Roster} page.roster
 * @param {import('../ehr/roster.mjs').PatientSummary} page.patient
 * @param {import('../sandbox.d.ts').App[]} page.apps
 * @param {{ app: import('../sandbox.d.ts').App, src: string }} [page.frame] the app that is open
 * @param {string} [page.intent]
 */
export const chartPage = ({ user, roster, patient, apps, frame, intent }) =>
  workspace({
    title: patient.name,
    user,
    roster,
    patient,
    main: html`${chartHeader(roster, patient)}
<div class="toolbar">
  <a class="tab" href="/ehr/${patient.id}" ${!frame && html`aria-current="page"`}>Summary</a>
  ${apps.map((app) => appLauncher({ app, patient, intent, isOpen: frame?.app === app }))}
</div>
${frame ? appFrame(frame) : summary(roster, patient.id)}`,
  });

/**
 * @param {object} page
 * @param {string} page.title
 * @param {import('../people/users.mjs').User} page.user
 * @param {import('../ehr/roster.mjs').Roster} page.roster
 * @param {import('../ehr/roster.mjs').PatientSummary} [page.patient] whose chart is open
 * @param {unknown} page.main markup
 */
const workspace = ({ title, user, roster, patient, main }) =>
  document({
    title,
    kind: 'ehr',
    body: html`<a class="skip" href="#main">Skip to the chart</a>
<header class="top">
  <a class="home" href="/ehr">${brand}</a>
  <span class="whoami">
    ${avatar(user.name)}
    <span><strong>${user.name}</strong><span class="muted">${user.description}</span></span>
  </span>
</header>
<div class="workspace">
  <nav class="rail" aria-label="Patients">
    <h2 class="group">Today’s patients</h2>
    <ul>${roster.patients().map((listed) => railEntry(listed, listed.id === patient?.id))}</ul>
  </nav>
  <main id="main">
${main}
  </main>
</div>`,
  });

/** @param {import('../ehr/roster.mjs').PatientSummary} patient @param {boolean} isCurrent */
const railEntry = ({ id, name, familyFirst, facts, reason }, isCurrent) => html`<li>
  <a class="rail-entry" href="/ehr/${id}" data-testid="ehr-patient-${id}" ${isCurrent && html`aria-current="true"`}>
    ${avatar(name)}
    <span class="choice-text">
      <strong>${familyFirst}</strong>
      <span class="muted">${facts}</span>
      <span class="muted reason">${reason}</span>
    </span>
  </a>
</li>`;

/** @param {import('../ehr/roster.mjs').Roster} roster @param {import('../ehr/roster.mjs').PatientSummary} patient */
function chartHeader(roster, { id, name, fullName, facts, birthDate, record, reason }) {
  const allergies = roster.resources(id, 'AllergyIntolerance').filter(isAsserted);
  return html`<header class="chart-header">
  ${avatar(name)}
  <div>
    <h1>${fullName}</h1>
    <p class="facts"><span>${facts}</span><span>born ${birthDate}</span><span>record ${record}</span></p>
  </div>
  <ul class="tags">
    ${allergies.map(allergyTag)}
    <li class="tag now">Visit in progress: ${reason}</li>
  </ul>
</header>`;
}

/** @param {import('../fhir/records.mjs').StoredResource} allergy */
const isAsserted = ({ verificationStatus }) =>
  !verificationStatus?.coding?.some(({ code = '' }) => ['refuted', 'entered-in-error'].includes(code));

/** @param {import('../fhir/records.mjs').StoredResource} allergy */
const allergyTag = ({ code }) =>
  statesNoAllergy(code)
    ? html`<li class="tag">${titleOf(code)}</li>`
    : html`<li class="tag alert">Allergy: ${titleOf(code)}</li>`;

/**
 * The same URL is used in two ways: GET opens the app in the chart, POST in a new tab.
 *
 * @param {object} launcher
 * @param {import('../sandbox.d.ts').App} launcher.app
 * @param {import('../ehr/roster.mjs').PatientSummary} launcher.patient
 * @param {string | undefined} launcher.intent
 * @param {boolean} launcher.isOpen
 */
function appLauncher({ app, patient, intent, isOpen }) {
  const name = app.name ?? app.clientId;
  const address = `/ehr/${patient.id}/${encodeURIComponent(app.clientId)}`;
  return html`<form class="app ${isOpen && 'open'}" method="get" action="${address}" rel="noopener"
    data-testid="app-${app.clientId}">
  <span class="app-mark" aria-hidden="true">${name[0]}</span>
  <strong class="app-name">${name}</strong>
  <button class="button primary" data-testid="launch-frame">${isOpen ? 'Launch again' : 'Open in chart'}</button>
  <button class="button" formmethod="post" formtarget="_blank" data-testid="launch-tab">New tab</button>
  <label class="intent"><span class="muted">with intent</span>
    <select name="intent">
      <option value="">none</option>
      ${INTENTS.map((choice) => intentOption(choice, choice === intent))}
    </select></label>
</form>`;
}

/** @param {string} intent @param {boolean} selected */
const intentOption = (intent, selected) =>
  html`<option value="${intent}" ${selected && html`selected`}>${intent.replace('-', ' ')}</option>`;

/** @param {{ app: import('../sandbox.d.ts').App, src: string }} frame */
const appFrame = ({ app, src }) => html`<iframe class="app-frame" src="${src}" title="${app.name ?? app.clientId}"
  data-testid="app-frame" allow="clipboard-write; fullscreen"></iframe>`;
