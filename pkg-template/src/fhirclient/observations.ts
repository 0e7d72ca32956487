// Observations by their codes.

import type { Observation } from './fhir.js';

export interface ObservationMap {
  [code: string]: Observation[];
}

/** Groups observations by the codes in `property`, which is a CodeableConcept or a list of CodeableConcepts. */
export function byCode(observations: Observation | Observation[], property: string): ObservationMap {
  const groups: ObservationMap = {};
  for (const observation of [observations].flat()) {
    if (observation.resourceType !== 'Observation') continue;
    for (const { code } of [observation[property] ?? []].flat().flatMap((concept) => concept?.coding ?? [])) {
      if (!code) continue;
      const group = (Object.hasOwn(groups, code) && groups[code]) || (groups[code] = []);
      group.push(observation);
    }
  }
  return groups;
}

/** A function that returns the observations with given codes; `any`, so that apps can read their elements without checks. */
export function byCodes(observations: Observation | Observation[], property: string): (...codes: string[]) => any[] {
  const groups = byCode(observations, property);
  return (...codes) => codes.flatMap((code) => (Object.hasOwn(groups, code) ? groups[code] : []));
}
