/** The summary of a patient's latest finished visit: a PDF file and its description (FHIR R4 DocumentReference and Binary). */

import { createHash } from 'node:crypto';
import { concept, hl7 } from './codes.mjs';
import { pdf } from './pdf.mjs';

const NOTE = concept('http://loinc.org', '34108-1', 'Outpatient Note');
const CLINICAL_NOTE = concept(
  'http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category',
  'clinical-note',
  'Clinical Note',
);

/**
 * @param {import('../people/person.mjs').Person} person
 * @param {import('./encounters.mjs').Visit[]} visits oldest first; the last one is not over yet
 */
export function documents(person, visits) {
  const visit = visits.at(-2);
  if (!visit) return [];
  const { resource: encounter, start } = visit;
  const id = `${person.id}-visit-summary`;
  const title = `Visit summary, ${start.slice(0, 10)}`;
  const file = pdf(title, [
    `Patient: ${person.name.given.join(' ')} ${person.name.family}`,
    `Record number: ${person.record}`,
    `Visit: ${encounter.type[0].text}`,
    `Reason: ${encounter.reasonCode[0].text}`,
    '',
    'Synthetic data. Nobody here is or was a real person.',
  ]);
  return [
    {
      resourceType: /** @type {const} */ ('DocumentReference'),
      id,
      status: 'current',
      docStatus: 'final',
      type: NOTE,
      category: [CLINICAL_NOTE],
      subject: { reference: `Patient/${person.id}` },
      date: start,
      author: [{ reference: `Practitioner/${person.practitioner}` }],
      description: title,
      securityLabel: [hl7('v3-Confidentiality', 'N', 'normal')],
      content: [
        {
          attachment: {
            contentType: 'application/pdf',
            url: `Binary/${id}`,
            size: file.length,
            hash: createHash('sha1').update(file).digest('base64'),
            title,
            creation: start,
          },
        },
      ],
      context: { encounter: [{ reference: `Encounter/${encounter.id}` }] },
    },
    {
      resourceType: /** @type {const} */ ('Binary'),
      id,
      contentType: 'application/pdf',
      securityContext: { reference: `Patient/${person.id}` },
      data: file.toString('base64'),
    },
  ];
}
