/** The summary of a chart: problems, medications, allergies, measurements and visits. */

import { listOf } from '../fhir/datatypes.mjs';
import { html } from './html.mjs';
import { sparkline } from './sparkline.mjs';

/**
 * @param {import('../ehr/roster.mjs').Roster} roster
 * @param {string} id of the patient
 */
export function summary(roster, id) {
  const observations = roster.resources(id, 'Observation');
  /** @param {string} code */
  const inCategory = (code) => observations.filter(({ category }) => {
    const [first] = listOf(category);
    return typeof first === 'object' && first.coding?.[0]?.code === code;
  });

  return html`<div class="summary">
  <div class="column">
    ${panel('Vital signs', readings(inCategory('vital-signs')))}
    ${panel('Results', readings(inCategory('laboratory')))}
  </div>
  <div class="column">
    ${panel('Problems', activeFirst(roster.resources(id, 'Condition')).map(problem))}
    ${panel('Medications', activeFirst(roster.resources(id, 'MedicationRequest')).map(prescription))}
    ${panel('Allergies', roster.resources(id, 'AllergyIntolerance').map(allergy))}
    ${panel('Visits', roster.resources(id, 'Encounter').slice(0, 4).map(visit))}
  </div>
</div>`;
}

/** @param {string} title @param {unknown[]} rows markup */
const panel = (title, rows) => html`<section class="panel">
  <h2>${title}</h2>
  ${rows.length > 0 ? html`<ul class="rows">${rows}</ul>` : html`<p class="muted none">None on file</p>`}
</section>`;

/** @param {{ title: string, note?: string, aside?: unknown, done?: boolean }} content */
const row = ({ title, note, aside, done = false }) => html`<li class="${done ? 'row done' : 'row'}">
  <span class="row-text"><strong>${title}</strong>${note && html`<span class="muted">${note}</span>`}</span>${aside}
</li>`;

/** @param {StoredResource} condition */
const problem = ({ code, onsetDateTime, abatementDateTime }) =>
  row({
    title: titleOf(code),
    note: abatementDateTime
      ? `${month(onsetDateTime)} – ${month(abatementDateTime)}, resolved`
      : `since ${month(onsetDateTime)}`,
    done: Boolean(abatementDateTime),
  });

/** @param {StoredResource} request */
const prescription = ({ medicationCodeableConcept, dosageInstruction, status, statusReason }) =>
  row({
    title: titleOf(medicationCodeableConcept),
    note:
      status === 'active'
        ? dosageInstruction?.[0]?.text
        : [status, typeof statusReason === 'object' && statusReason.text?.toLowerCase()].filter(Boolean).join(': '),
    done: status !== 'active',
  });

/** @param {StoredResource} allergy */
const allergy = ({ code, reaction, criticality }) =>
  row({
    title: titleOf(code),
    note: reaction && [titleOf(reaction[0]?.manifestation?.[0]), reaction[0]?.severity].filter(Boolean).join(', '),
    aside: criticality === 'high' && html`<span class="tag alert">High risk</span>`,
  });

/** @param {StoredResource} encounter */
const visit = ({ type, reasonCode, period, status }) =>
  row({
    title: titleOf(listOf(type)[0]),
    note: [day(period?.start), titleOf(reasonCode?.[0])].join(' · '),
    aside: status === 'in-progress' && html`<span class="tag">Now</span>`,
  });

/** @param {import('../fhir/records.mjs').Concept | string} [value] */
export const titleOf = (value) => {
  const concept = typeof value === 'string' ? { text: value } : value;
  return concept?.text ?? concept?.coding?.[0]?.display ?? concept?.coding?.[0]?.code ?? 'Unknown';
};

/**
 * One row for each code: the newest reading and its history.
 *
 * @param {StoredResource[]} newestFirst
 *
 * @typedef {import('../fhir/records.mjs').StoredResource} StoredResource
 */
function readings(newestFirst) {
  /** @type {Map<string | undefined, [StoredResource, ...StoredResource[]]>} */
  const byCode = new Map();
  for (const observation of newestFirst) {
    const code = observation.code?.coding?.[0]?.code ?? observation.code?.text;
    const history = byCode.get(code);
    if (history) history.push(observation);
    else byCode.set(code, [observation]);
  }
  return [...byCode.values()].map((history) => {
    const [latest] = history;
    const flag = latest.interpretation?.[0]?.coding?.[0];
    return html`<li class="row reading">
  <span class="row-text">
    <strong>${titleOf(latest.code)}</strong>
    <span class="muted">${day(latest.effectiveDateTime)}</span>
  </span>
  ${sparkline(linesOf(history))}
  <span class="value">
    ${flag && flag.code !== 'N' && html`<span class="tag alert">${flag.display}</span>`}
    <strong>${valuesOf(latest).join('/')}</strong> ${unitOf(latest)}
  </span>
</li>`;
  });
}

/** @typedef {{ status?: string, abatementDateTime?: string }} Course of a problem or a prescription */

/** @param {Course} course */
const isActive = ({ status, abatementDateTime }) => (status ? status === 'active' : !abatementDateTime);
/** @template {Course} Resource @param {Resource[]} resources */
const activeFirst = (resources) => resources.toSorted((a, b) => Number(isActive(b)) - Number(isActive(a)));
/** @param {StoredResource} observation */
const quantitiesOf = (observation) =>
  (observation.component ?? [observation]).flatMap(({ valueQuantity }) => valueQuantity ?? []);
/**
 * A line for each component, oldest value first.
 *
 * @param {[StoredResource, ...StoredResource[]]} newestFirst
 */
const linesOf = ([latest, ...earlier]) =>
  valuesOf(latest).map((_, line) =>
    [latest, ...earlier]
      .map((observation) => valuesOf(observation)[line] ?? NaN)
      .filter(Number.isFinite)
      .reverse(),
  );

/** @param {StoredResource} observation */
const valuesOf = (observation) => quantitiesOf(observation).map(({ value }) => value);
/** @param {StoredResource} observation */
const unitOf = (observation) => quantitiesOf(observation)[0]?.unit;

/** @param {string | undefined} instant */
const day = (instant) => instant && format(instant, { day: 'numeric', month: 'short', year: 'numeric' });
/** @param {string | undefined} instant */
const month = (instant) => (instant === undefined ? 'an unknown day' : format(instant, { month: 'short', year: 'numeric' }));
/** @param {string} instant @param {Intl.DateTimeFormatOptions} options */
const format = (instant, options) => new Date(instant).toLocaleDateString('en-GB', { timeZone: 'UTC', ...options });
