import { createContext, use, useEffect, useRef } from 'react';
import { useSmartRequest, type SmartRead } from 'smart-launch/react';
import { search, type ResourceOf, type ResourceType } from '../fhir/bundles';

/** The patient record that is open. */
export interface OpenRecord {
  readonly patient: string;
  /** The resources in the launch context, as references such as `Condition/17`. */
  readonly inContext: readonly string[];
  /** Counts how often the record was reloaded. */
  readonly generation: number;
}

export const RecordContext = createContext<OpenRecord | null>(null);

export function useRecord(): OpenRecord {
  const record = use(RecordContext);
  if (record === null) throw new Error('No record is open here.');
  return record;
}

/** The patient of the open record. */
export function usePatient(): SmartRead<fhir4.Patient> {
  const { patient } = useRecord();
  return useReadAgain(useSmartRequest<fhir4.Patient>(`Patient/${encodeURIComponent(patient)}`));
}

/** All the patient's resources of a type. `filter` is the rest of the query. */
export function usePatientSearch<T extends ResourceType>(type: T, filter: string): SmartRead<ResourceOf<T>[]> {
  const { patient } = useRecord();
  return useReadAgain(
    useSmartRequest(`${type}?patient=${encodeURIComponent(patient)}&${filter}`, (url, { client, signal }) =>
      search(client, type, url, signal),
    ),
  );
}

/** Reads again when the whole record is reloaded; the old data stays on screen until the new data arrives. */
function useReadAgain<R extends SmartRead<unknown>>(read: R): R {
  const { generation } = useRecord();
  const { reload } = read;
  const lastGeneration = useRef(generation);
  useEffect(() => {
    if (lastGeneration.current === generation) return;
    lastGeneration.current = generation;
    reload();
  }, [generation, reload]);
  return read;
}
