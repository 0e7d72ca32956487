/**
 * Measurements at visits and in the laboratory (FHIR R4 Observation; HL7 vital signs profile).
 *
 * @typedef {import('./codes.mjs').Concept} Concept
 * @typedef {import('./codes.mjs').Measure} Measure
 * @typedef {import('../fhir/records.mjs').Content} Observation
 */

import { bloodPressure, hl7, labTests, vitalSigns } from './codes.mjs';
import { round, trend } from './trend.mjs';

const VITAL_SIGNS = hl7('observation-category', 'vital-signs', 'Vital Signs');
const LABORATORY = hl7('observation-category', 'laboratory', 'Laboratory');
const MINUTES_INTO_VISIT = 8;

/**
 * Vital signs, one set for each visit.
 *
 * @param {import('../people/person.mjs').Person} person
 * @param {import('./encounters.mjs').Visit[]} visits
 * @param {import('./random.mjs').Noise} noise
 */
export function vitals(person, visits, noise) {
  return visits.flatMap(({ resource: encounter, start, progress }) => {
    const at = new Date(Date.parse(start) + MINUTES_INTO_VISIT * 60_000).toISOString().replace('.000Z', 'Z');
    /** @param {keyof import('../people/person.mjs').Person['vitals']} name */
    const reading = (name) => readingOf(vitalSigns[name], person.vitals[name], progress, noise);
    const height = trend(person.height, progress);
    const weight = reading('weight');

    /** @param {string} name @param {Concept} code @param {Pick<Observation, 'valueQuantity' | 'component'>} values */
    const observe = (name, code, values) => ({
      ...observation(person, `${encounter.id.slice(person.id.length + 1)}-${name}`, VITAL_SIGNS, code, at),
      meta: { profile: ['http://hl7.org/fhir/StructureDefinition/vitalsigns'] },
      encounter: { reference: `Encounter/${encounter.id}` },
      ...values,
    });
    /** @param {import('./codes.mjs').VitalSignName} name @param {number} value */
    const quantityObservation = (name, value) =>
      observe(name, vitalSigns[name].code, { valueQuantity: quantity(vitalSigns[name], value) });

    return [
      observe('blood-pressure', bloodPressure, {
        component: /** @type {const} */ (['systolic', 'diastolic']).map((name) => ({
          code: vitalSigns[name].code,
          valueQuantity: quantity(vitalSigns[name], reading(name)),
        })),
      }),
      quantityObservation('heartRate', reading('heartRate')),
      quantityObservation('temperature', reading('temperature')),
      quantityObservation('oxygen', reading('oxygen')),
      quantityObservation('weight', weight),
      quantityObservation('height', round(height, 1)),
      quantityObservation('bodyMass', round(weight / (height / 100) ** 2, 1)),
    ];
  });
}

/**
 * Laboratory results, at a fixed interval in days.
 *
 * @param {import('../people/person.mjs').Person} person
 * @param {import('./calendar.mjs').Calendar} calendar
 * @param {import('./random.mjs').Noise} noise
 */
export function labs(person, calendar, noise) {
  if (!person.labs) return [];
  const { intervalDays, values } = person.labs;
  const span = person.visits.since ?? 730;
  const count = Math.floor(span / intervalDays);

  return Array.from({ length: count }, (_, index) => {
    // The newest sample was taken some days ago, so that its results are available at today's visit.
    const daysAgo = 3 + (count - 1 - index) * intervalDays;
    const progress = count === 1 ? 1 : index / (count - 1);
    const entries = /** @type {[import('./codes.mjs').LabTestName, number | number[]][]} */ (Object.entries(values));
    return entries.map(([name, points]) => {
      const test = labTests[name];
      const value = readingOf(test, points, progress, noise);
      return {
        ...observation(person, `lab-${index + 1}-${name}`, LABORATORY, test.code, calendar.ago(daysAgo, 13.5)),
        valueQuantity: quantity(test, value),
        interpretation: [interpretation(test, value)],
        referenceRange: [referenceRange(test)],
      };
    });
  }).flat();
}

/**
 * @param {Measure} measure
 * @param {number | number[]} points a trend
 * @param {number} progress
 * @param {import('./random.mjs').Noise} noise
 */
function readingOf({ digits, spread, max = Infinity }, points, progress, noise) {
  return Math.min(max, round(trend(points, progress) + noise.around(spread), digits));
}

/**
 * @param {import('../people/person.mjs').Person} person
 * @param {string} suffix of the id
 * @param {Concept} category
 * @param {Concept} code
 * @param {string} at
 */
function observation(person, suffix, category, code, at) {
  return {
    resourceType: /** @type {const} */ ('Observation'),
    // FHIR ids consist of letters, digits, '-' and '.', so they can contain the names in `codes.mjs` unchanged.
    id: `${person.id}-${suffix}`,
    status: 'final',
    category: [category],
    code,
    subject: { reference: `Patient/${person.id}` },
    effectiveDateTime: at,
    issued: at,
    performer: [{ reference: `Practitioner/${person.practitioner}` }],
  };
}

/** @param {Measure} measure @param {number} value */
const quantity = ({ unit, ucum }, value) => ({ value, unit, system: 'http://unitsofmeasure.org', code: ucum });

/** @param {Measure} measure @param {number} value */
function interpretation({ low = -Infinity, high = Infinity }, value) {
  if (value < low) return hl7('v3-ObservationInterpretation', 'L', 'Low');
  if (value > high) return hl7('v3-ObservationInterpretation', 'H', 'High');
  return hl7('v3-ObservationInterpretation', 'N', 'Normal');
}

/** @param {Measure} test */
function referenceRange(test) {
  const { low, high } = test;
  return {
    ...(low !== undefined && { low: quantity(test, low) }),
    ...(high !== undefined && { high: quantity(test, high) }),
  };
}
