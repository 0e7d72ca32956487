/**
 * The description of a patient from which `chart/` makes FHIR resources.
 *
 * @typedef {object} Person
 * @property {string} id the id of the Patient resource
 * @property {{ given: [string, ...string[]], family: string }} name
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
 * @property {{ code: ConditionName, since: number, until?: number }[]} conditions `since` and `until` in days before today
 * @property {Medication[]} medications
 * @property {Allergy[]} allergies
 * @property {number | number[]} height in cm; several values are a trend, see `chart/trend.mjs`
 * @property {Record<Exclude<VitalSignName, 'height' | 'bodyMass'>, number | number[]>} vitals trends
 * @property {{ intervalDays: number, values: Partial<Record<LabTestName, number | number[]>> }} [labs] trends
 *
 * @typedef {object} Visits
 * @property {number} intervalDays between visits
 * @property {number} [since] days since the beginning of the chart; two years when absent
 * @property {import('../chart/codes.mjs').VisitName} type
 * @property {ConditionName} [reason] the condition that is the reason for the visit
 * @property {string} today why the patient is here now
 *
 * @typedef {object} Medication
 * @property {import('../chart/codes.mjs').MedicationName} code
 * @property {ConditionName} treats the condition
 * @property {number} since days before today
 * @property {number} [until] days before today
 * @property {string} [stopped] why it was stopped before its time
 * @property {string} dosage in words
 * @property {number} [timesADay] below one: every other day and the like
 * @property {number} [amount] tablets or puffs each time; one when absent
 * @property {boolean} [asNeeded]
 * @property {'oral' | 'inhalation'} [route]
 *
 * @typedef {object} Allergy
 * @property {import('../chart/codes.mjs').SubstanceName} code
 * @property {number} [since] days before today, when the allergy was recorded; 30 when absent
 * @property {'low' | 'high'} [criticality]
 * @property {import('../chart/codes.mjs').ReactionName} [reaction]
 * @property {'mild' | 'moderate' | 'severe'} [severity] of the reaction
 *
 * @typedef {import('../chart/codes.mjs').ConditionName} ConditionName
 * @typedef {import('../chart/codes.mjs').VitalSignName} VitalSignName
 * @typedef {import('../chart/codes.mjs').LabTestName} LabTestName
 */

export {};
