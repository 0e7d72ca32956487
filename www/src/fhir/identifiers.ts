/** The patient's medical record number: the identifier typed `MR`, else one that is labelled as such. */
export function medicalRecordNumber(identifiers: readonly fhir4.Identifier[] = []): string | null {
  const typed = identifiers.find((identifier) => identifier.type?.coding?.some((coding) => coding.code === 'MR'));
  const named = identifiers.find((identifier) =>
    /mrn|medical record/i.test(`${identifier.system} ${identifier.type?.text}`),
  );
  return (typed ?? named)?.value ?? null;
}
