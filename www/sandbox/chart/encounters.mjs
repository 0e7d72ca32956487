/** A patient's visits (FHIR R4 Encounter): past ones at regular intervals, and the current one today. */

import { conditions, visits as visitTypes } from './codes.mjs';
import { problemId } from './problems.mjs';

const TWO_YEARS = 730;

/**
 * @param {import('../people/person.mjs').Person} person
 * @param {import('./calendar.mjs').Calendar} calendar
 * @param {import('./random.mjs').Noise} noise
 * @returns {Visit[]} oldest first; the last one is today's
 *
 * @typedef {object} Visit
 * @property {Encounter} resource
 * @property {string} start
 * @property {number} progress its time between the beginning of the chart (0) and today (1)
 */
export function visits(person, calendar, noise) {
  const { intervalDays, since = TWO_YEARS } = person.visits;
  const count = Math.floor(since / intervalDays);

  const past = Array.from({ length: count }, (_, index) => {
    const daysAgo = Math.round((count - index) * intervalDays + noise.around(Math.min(intervalDays / 8, 6)));
    const hour = 14 + Math.floor(noise.uniform() * 28) / 4;
    const start = calendar.ago(daysAgo, hour);
    const end = calendar.ago(daysAgo, hour + 0.5);
    return {
      start,
      progress: 1 - daysAgo / since,
      resource: encounter(person, `visit-${index + 1}`, { status: 'finished', period: { start, end } }),
    };
  });

  const start = calendar.minutesAgo(25);
  const today = encounter(person, 'visit-today', {
    status: 'in-progress',
    period: { start },
    reasonCode: [{ text: person.visits.today }],
  });
  return [...past, { start, progress: 1, resource: today }].map((visit) => ({
    ...visit,
    progress: Math.max(0, visit.progress),
  }));
}

/**
 * @param {import('../people/person.mjs').Person} person
 * @param {string} suffix of the id
 * @param {object} details
 * @param {string} details.status
 * @param {{ start: string, end?: string }} details.period
 * @param {readonly [{ text: string }]} [details.reasonCode]
 *
 * @typedef {ReturnType<typeof encounter>} Encounter
 */
function encounter(person, suffix, details) {
  const { type, reason } = person.visits;
  return {
    resourceType: /** @type {const} */ ('Encounter'),
    id: `${person.id}-${suffix}`,
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB', display: 'ambulatory' },
    type: /** @type {const} */ ([visitTypes[type]]),
    subject: { reference: `Patient/${person.id}` },
    participant: [{ individual: { reference: `Practitioner/${person.practitioner}` } }],
    reasonCode: /** @type {const} */ ([reason ? conditions[reason] : visitTypes[type]]),
    ...(reason && { reasonReference: [{ reference: `Condition/${problemId(person, reason)}` }] }),
    serviceProvider: { display: 'Lakeside Health' },
    ...details,
  };
}
