// FHIR types are the app's own choice: here `@types/fhir`. The other type tests are compiled without it.

import type { Bundle, Observation, Patient, Quantity } from 'fhir/r4';
import { createSmartClient, type SmartSession } from 'smart-launch';

const smart = createSmartClient({ fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'app', scope: 'patient/*.rs' });

export async function read(session: SmartSession): Promise<Array<Quantity | undefined>> {
  const patient = await smart.request<Patient>(`Patient/${session.patient}`);
  const born: string | undefined = patient.birthDate;
  // @ts-expect-error no such element
  patient.bornOn;
  const bundle = await smart.request<Bundle<Observation>>(`Observation?date=ge${born}`);
  return (bundle.entry ?? []).map(({ resource }) => resource?.valueQuantity);
}

export async function write(observation: Observation): Promise<Observation> {
  return smart.request<Observation>('Observation', { method: 'POST', body: observation });
}

/** With the global names of `@types/fhir`, as in the documentation of `request`. */
export const search = (): Promise<fhir4.Bundle> => smart.request<fhir4.Bundle>('Observation?category=vital-signs');

export async function calls(session: SmartSession, observation: Observation): Promise<(string | undefined)[]> {
  const user = await session.user<fhir4.Practitioner | fhir4.Patient>();
  const names = [user.name?.[0]?.text];
  for await (const { entry = [] } of smart.pages<Bundle<Observation>>('Observation')) {
    names.push(...entry.map(({ resource }) => resource?.code.text));
  }
  const { resource } = await smart.create(observation);
  const updated = await smart.update<Observation>({ ...observation, status: 'amended' });
  // @ts-expect-error no such status
  await smart.update<Observation>({ ...observation, status: 'done' });
  const patched = await smart.patch<Observation>('Observation/1', [{ op: 'test', path: '/id', value: '1' }]);
  return [...names, resource?.code.text, updated.resource?.status, patched.resource?.id];
}
