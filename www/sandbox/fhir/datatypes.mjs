/**
 * Datatypes of FHIR R4, as far as the sandbox reads them.
 *
 * @typedef {{ profile?: readonly string[], versionId?: string, lastUpdated?: string }} Meta
 * @typedef {{ reference?: string }} Reference
 * @typedef {{ coding?: readonly Coding[], text?: string }} Concept
 * @typedef {{ system?: string, code?: string, display?: string }} Coding
 * @typedef {{ text: string, family: string, given: readonly string[] }} HumanName
 */
export {};
