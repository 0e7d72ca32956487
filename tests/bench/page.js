// Code that the apps of `pages/` share: each app signs in, and reads a patient when the user is back.

export const FHIR_BASE = `${location.origin}/fhir`;
export const CLIENT_ID = 'growth-chart';
export const SCOPE = 'launch/patient openid fhirUser patient/*.rs';
export const PATIENT = 'Patient/123';
/** The URL of the page without its query. */
export const REDIRECT_URI = location.origin + location.pathname;

export const isCallback = location.search.includes('code=');
/** Whether a sign-in has begun: each library stores its session or the state of a sign-in in `sessionStorage`. */
export const isBack = isCallback || sessionStorage.length > 0;

/** Reports that the app has reached a moment: the benchmark measures the time of this request. */
export const reached = (/** @type {'session' | 'patient'} */ moment) => void fetch(`/reached/${moment}`);

/** @param {string} accessToken */
export async function readPatient(accessToken) {
  const headers = { accept: 'application/fhir+json', authorization: `Bearer ${accessToken}` };
  return (await fetch(`${FHIR_BASE}/${PATIENT}`, { headers })).json();
}
