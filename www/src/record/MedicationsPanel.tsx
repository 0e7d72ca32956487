import { codeWord, conceptText } from '../fhir/codes';
import { formatDate } from '../fhir/dates';
import { dosageText } from '../fhir/doses';
import { Entry } from './Entry';
import { Panel } from './Panel';
import { usePatientSearch } from './record';

/** Medications prescribed to the patient, current ones first. */
export function MedicationsPanel() {
  const medications = usePatientSearch('MedicationRequest', '_count=50');
  return (
    <Panel title="Medications" type="MedicationRequest" read={medications} empty="No medications are recorded.">
      {(items) => (
        <ul className="entries">
          {items
            .toSorted((a, b) => Number(isPast(a)) - Number(isPast(b)))
            .map((request) => (
              <Entry
                key={request.id}
                title={medicineName(request)}
                detail={[isPast(request) ? codeWord(request.status) : null, dosageText(request.dosageInstruction)]
                  .filter(Boolean)
                  .join(' · ')}
                aside={formatDate(request.authoredOn)}
                past={isPast(request)}
              />
            ))}
        </ul>
      )}
    </Panel>
  );
}

function isPast(request: fhir4.MedicationRequest): boolean {
  return request.status !== 'active' && request.status !== 'on-hold' && request.status !== 'draft';
}

/**
 * The medication's name: from the request, from a Medication that it contains, or from the display of the reference.
 */
function medicineName(request: fhir4.MedicationRequest): string {
  const reference = request.medicationReference;
  const contained = request.contained?.find(isMedication);
  return (
    conceptText(request.medicationCodeableConcept ?? contained?.code) ?? reference?.display ?? 'Medicine without a name'
  );
}

function isMedication(resource: fhir4.Resource): resource is fhir4.Medication {
  return resource.resourceType === 'Medication';
}
