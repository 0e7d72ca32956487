import { useMemo } from 'react';
import type { SmartSession } from 'smart-launch';
import { AllergiesPanel } from './AllergiesPanel';
import { ConditionsPanel } from './ConditionsPanel';
import { EncountersPanel } from './EncountersPanel';
import { isListsFirst } from './intent';
import { MedicationsPanel } from './MedicationsPanel';
import { PatientBanner } from './PatientBanner';
import './PatientRecord.css';
import { RecordContext, type OpenRecord } from './record';
import { VitalsPanel } from './VitalsPanel';

interface PatientRecordProps {
  readonly session: SmartSession;
  readonly patient: string;
  /** Incremented to read everything again. */
  readonly generation: number;
}

/** One patient's record on one page. */
export function PatientRecord({ session, patient, generation }: PatientRecordProps) {
  const { encounter, fhirContext, intent, needPatientBanner } = session;
  const record: OpenRecord = useMemo(() => {
    const named = [
      ...fhirContext.map((item) => item.reference),
      encounter === null ? undefined : `Encounter/${encounter}`,
    ];
    return { patient, generation, inContext: named.filter((reference) => reference !== undefined) };
  }, [patient, generation, encounter, fhirContext]);
  const lists = (
    <div className="record-grid" key="lists">
      <MedicationsPanel />
      <ConditionsPanel />
      <AllergiesPanel />
      <EncountersPanel />
    </div>
  );
  const vitals = <VitalsPanel key="vitals" />;
  return (
    <RecordContext value={record}>
      <PatientBanner compact={needPatientBanner === false} intent={intent} />
      {isListsFirst(intent) ? [lists, vitals] : [vitals, lists]}
    </RecordContext>
  );
}
