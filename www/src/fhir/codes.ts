/** The text of a concept, otherwise a coding's display, otherwise a bare code. */
export function conceptText(concept: fhir4.CodeableConcept | undefined): string | null {
  if (concept === undefined) return null;
  const codingWithDisplay = concept.coding?.find((coding) => coding.display !== undefined);
  return concept.text ?? codingWithDisplay?.display ?? concept.coding?.[0]?.code ?? null;
}

/** The concept's code in one code system. */
export function codeIn(concept: fhir4.CodeableConcept | undefined, system: string): string | undefined {
  return concept?.coding?.find((coding) => coding.system === system)?.code;
}

/** Code of a concept from a required or extensible status list, such as `clinicalStatus`. */
export function statusCode(concept: fhir4.CodeableConcept | undefined): string | undefined {
  return concept?.coding?.find((coding) => coding.code !== undefined)?.code;
}

/** A FHIR code as readable text: "in-progress" becomes "In progress". */
export function codeWord(code: string): string {
  const words = code.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const LOINC = 'http://loinc.org';
