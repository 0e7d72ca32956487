import type { SmartClient } from 'smart-launch';
import { createContext, use, useCallback } from 'react';
import { search, type ResourceOf, type ResourceType } from '../fhir/bundles';
import { useLoad, type Loaded } from './useLoad';

/** Whose record is open, and how to read it. */
export interface OpenRecord {
  readonly client: SmartClient;
  readonly patient: string;
  /** What the launch is about, as references such as `Condition/17`. */
  readonly inContext: readonly string[];
  /** Counts the times it was asked for anew. */
  readonly generation: number;
}

export const RecordContext = createContext<OpenRecord | null>(null);

export function useRecord(): OpenRecord {
  const record = use(RecordContext);
  if (record === null) throw new Error('No record is open here.');
  return record;
}

/** The patient of the open record. */
export function usePatient(): Loaded<fhir4.Patient> {
  const { client, patient, generation } = useRecord();
  const load = useCallback(
    (signal: AbortSignal) => client.request<fhir4.Patient>(`Patient/${encodeURIComponent(patient)}`, { signal }),
    [client, patient],
  );
  return useLoad(load, generation);
}

/** All the patient's resources of a type. `filter` is the rest of the query. */
export function usePatientSearch<T extends ResourceType>(type: T, filter: string): Loaded<ResourceOf<T>[]> {
  const { client, patient, generation } = useRecord();
  const load = useCallback(
    (signal: AbortSignal) => search(client, type, `patient=${encodeURIComponent(patient)}&${filter}`, signal),
    [client, patient, type, filter],
  );
  return useLoad(load, generation);
}
