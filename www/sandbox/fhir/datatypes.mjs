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
/**
 * A list in some types of resources, and one value in others.
 *
 * @template T
 * @typedef {T | readonly T[]} OneOrMore
 */
/**
 * @template T
 * @param {OneOrMore<T> | undefined} value
 * @returns {readonly T[]}
 */
export function listOf(value) {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [/** @type {T} */ (value)];
}
