import { conceptText, statusCode } from '../fhir/codes';
import { formatDate } from '../fhir/dates';
import { Tag } from '../ui/Tag';
import { Entry } from './Entry';
import { Panel } from './Panel';
import { usePatientSearch } from './record';

/** The patient's allergies and intolerances, dangerous ones first. */
export function AllergiesPanel() {
  const allergies = usePatientSearch('AllergyIntolerance', '_count=50');
  return (
    <Panel
      title="Allergies"
      type="AllergyIntolerance"
      read={allergies}
      empty="No allergies are recorded. That does not mean that there are none."
    >
      {(items) => (
        <ul className="entries">
          {items
            .toSorted((a, b) => rank(a) - rank(b))
            .map((allergy) => (
              <Entry
                key={allergy.id}
                title={conceptText(allergy.code) ?? 'Allergy without a name'}
                mark={allergy.criticality === 'high' && !isPast(allergy) ? <Tag tone="bad">High risk</Tag> : null}
                detail={reactions(allergy)}
                aside={since(allergy)}
                past={isPast(allergy)}
              />
            ))}
        </ul>
      )}
    </Panel>
  );
}

function isPast(allergy: fhir4.AllergyIntolerance): boolean {
  return ['inactive', 'resolved'].includes(statusCode(allergy.clinicalStatus) ?? '');
}

function rank(allergy: fhir4.AllergyIntolerance): number {
  if (isPast(allergy)) return 2;
  return allergy.criticality === 'high' ? 0 : 1;
}

function reactions(allergy: fhir4.AllergyIntolerance): string | null {
  const manifestations = (allergy.reaction ?? []).flatMap((reaction) => reaction.manifestation.map(conceptText));
  return manifestations.filter(Boolean).join(', ') || null;
}

function since(allergy: fhir4.AllergyIntolerance): string | null {
  const onset = formatDate(allergy.onsetDateTime ?? allergy.onsetPeriod?.start);
  const recorded = formatDate(allergy.recordedDate);
  if (onset !== null) return `since ${onset}`;
  return recorded === null ? null : `recorded ${recorded}`;
}
