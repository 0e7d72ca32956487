/**
 * Datatypes of FHIR R4, as far as the sandbox reads them.
 *
 * @typedef {{ profile?: readonly string[], versionId?: string, lastUpdated?: string, tag?: readonly Coding[] }} Meta
 * @typedef {{ reference?: string }} Reference
 * @typedef {{ coding?: readonly Coding[], text?: string }} Concept
 * @typedef {{ system?: string, code?: string, display?: string }} Coding
 * @typedef {{ system?: string, value?: string }} Identifier
 * @typedef {{ text?: string, family?: string, given?: readonly string[] }} HumanName
 * @typedef {{ start?: string, end?: string }} Period
 * @typedef {{ value?: number, unit?: string }} Quantity
 */
export {};
