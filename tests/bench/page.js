// Code that the apps of `pages/` share: each signs in, and reads a patient when the user is back.

export const FHIR_BASE = `${location.origin}/fhir`;
export const CLIENT_ID = 'growth-chart';
export const SCOPE = 'launch/patient openid fhirUser patient/*.rs';
export const PATIENT = 'Patient/123';
/** The page without query. */
export const REDIRECT_URI = location.origin + location.pathname;

export const isCallback = location.search.includes('code=');
/** Each library stores its session or the state of a sign-in in `sessionStorage`. */
export const isBack = isCallback || sessionStorage.length > 0;

/** Requests with which the benchmark measures times. */
export const reached = (/** @type {'session' | 'patient'} */ moment) => void fetch(`/reached/${moment}`);

/** @param {string} accessToken */
export async function readPatient(accessToken) {
  const headers = { accept: 'application/fhir+json', authorization: `Bearer ${accessToken}` };
  return (await fetch(`${FHIR_BASE}/${PATIENT}`, { headers })).json();
}
