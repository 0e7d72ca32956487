// @ts-nocheck
// Observations by their codes.

/** The observations of each code of a CodeableConcept, or a list of such, that they have as `property`. */
export function byCode(observations, property) {
  const found = {};
  for (const observation of [observations].flat()) {
    if (observation.resourceType !== 'Observation') continue;
    for (const { code } of [observation[property] ?? []].flat().flatMap((concept) => concept?.coding ?? [])) {
      if (code) (Object.hasOwn(found, code) ? found[code] : (found[code] = [])).push(observation);
    }
  }
  return found;
}

/** A function that gives the observations of codes. */
export function byCodes(observations, property) {
  const found = byCode(observations, property);
  return (...codes) => codes.flatMap((code) => (Object.hasOwn(found, code) ? found[code] : []));
}
