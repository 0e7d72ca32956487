/** The text of an OperationOutcome; `null` if `body` is not one, or is one without a text. */
export function outcomeText(body: unknown): string | null {
  if (!isOutcome(body)) return null;
  const texts = body.issue.map((issue) => issue.details?.text ?? issue.diagnostics).filter(Boolean);
  return texts.length === 0 ? null : texts.join(' ');
}

function isOutcome(body: unknown): body is fhir4.OperationOutcome {
  return (
    typeof body === 'object' &&
    body !== null &&
    'resourceType' in body &&
    body.resourceType === 'OperationOutcome' &&
    'issue' in body &&
    Array.isArray(body.issue)
  );
}
