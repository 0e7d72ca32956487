/**
 * The description of a patient from which `chart/` makes FHIR resources.
 *
 * @typedef {object} Person
 * @property {string} id the id of the Patient resource
 * @property {{ given: string[], family: string }} name
 * @property {'female' | 'male'} gender
 * @property {number} age in years, today
 * @property {string} birthday `MM-DD`
 * @property {string} record medical record number
 * @property {string} phone
 * @property {string} [email]
 * @property {object} address a FHIR Address without `use`
 * @property {[string, string]} language BCP 47 tag and name
 * @property {[string, string]} [married] HL7 marital status code and display
 * @property {{ name: string, relation: [string, string], phone: string }} contact
 * @property {string} practitioner id of the Practitioner in charge
 * @property {Visits} visits
 * @property {{ code: string, since: number, until?: number }[]} conditions
 * @property {Medication[]} medications
 * @property {{ code: string, since?: number, criticality?: string, reaction?: string, severity?: string }[]} allergies
 * @property {number | number[]} height in cm; several values are a trend, see `chart/trend.mjs`
 * @property {Record<string, number | number[]>} vitals trends by the names in `chart/codes.mjs`
 * @property {{ every: number, values: Record<string, number | number[]> }} [labs] taken every so many days
 *
 * @typedef {object} Visits
 * @property {number} every days between visits
 * @property {number} [since] days since the first one; two years when absent
 * @property {string} type
 * @property {string} [reason] the condition that brings the patient
 * @property {string} today why the patient is here now
 *
 * @typedef {object} Medication
 * @property {string} code
 * @property {string} treats the condition
 * @property {number} since
 * @property {number} [until]
 * @property {string} [stopped] why it was stopped before its time
 * @property {string} dosage in words
 * @property {number} [timesADay] below one: every other day and the like
 * @property {number} [amount] tablets or puffs each time; one when absent
 * @property {boolean} [asNeeded]
 * @property {'oral' | 'inhalation'} [route]
 */

export {};
