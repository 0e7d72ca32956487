import { codeWord, conceptText, statusCode } from '../fhir/codes';
import { formatDate } from '../fhir/dates';
import { Tag } from '../ui/Tag';
import { Entry } from './Entry';
import { Panel } from './Panel';
import { usePatientSearch, useRecord } from './record';

/** The patient's conditions, current ones first. */
export function ConditionsPanel() {
  const { inContext } = useRecord();
  const conditions = usePatientSearch('Condition', '_count=50');
  return (
    <Panel title="Conditions" type="Condition" read={conditions} empty="No conditions are recorded.">
      {(items) => (
        <ul className="entries">
          {items
            .toSorted((a, b) => Number(isPast(a)) - Number(isPast(b)))
            .map((condition) => (
              <Entry
                key={condition.id}
                title={conceptText(condition.code) ?? 'Condition without a name'}
                mark={
                  inContext.includes(`Condition/${condition.id}`) ? <Tag tone="good">Reason for this visit</Tag> : null
                }
                detail={codeWord(statusCode(condition.clinicalStatus) ?? 'status unknown')}
                aside={period(condition)}
                past={isPast(condition)}
              />
            ))}
        </ul>
      )}
    </Panel>
  );
}

function isPast(condition: fhir4.Condition): boolean {
  return ['inactive', 'remission', 'resolved'].includes(statusCode(condition.clinicalStatus) ?? '');
}

function period(condition: fhir4.Condition): string | null {
  const from = formatDate(condition.onsetDateTime ?? condition.onsetPeriod?.start);
  const to = formatDate(condition.abatementDateTime ?? condition.abatementPeriod?.end);
  const recorded = formatDate(condition.recordedDate);
  if (from !== null) return to === null ? `since ${from}` : `${from} to ${to}`;
  if (to !== null) return `until ${to}`;
  return recorded === null ? null : `recorded ${recorded}`;
}
