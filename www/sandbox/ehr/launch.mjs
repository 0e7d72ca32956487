/** Opens an app from a patient's chart (SMART App Launch 2.2, "Launch App: EHR Launch"). */

const TENANT = 'lakeside-health';

/** Launch intents that a user can choose; the token response has the choice as `intent`. */
export const INTENTS = ['reconcile-medications', 'review-results'];

/**
 * Starts a launch and returns the URL to open: the app's launch URL with `iss` and a new `launch`.
 *
 * @param {object} options
 * @param {import('../oauth/launches.mjs').Launches} options.launches
 * @param {import('./roster.mjs').Roster} options.roster
 * @param {string} options.fhirBaseUrl
 * @param {LaunchableApp} options.app
 * @param {import('../people/users.mjs').User} options.user
 * @param {string} options.patient
 * @param {string | null} [options.intent]
 * @param {boolean} options.embedded inside the chart, whose header shows the patient
 *
 * @typedef {import('../sandbox.d.ts').App & { launchUrl: string }} LaunchableApp
 */
export function launchAddress({ launches, roster, fhirBaseUrl, app, user, patient, intent, embedded }) {
  const visit = roster.encounter(patient);
  const handle = launches.begin({
    clientId: app.clientId,
    accountId: user.id,
    context: {
      patient,
      ...(visit && { encounter: visit.id }),
      ...(visit && reasonForVisit(visit)),
      need_patient_banner: !embedded,
      ...(intent && INTENTS.includes(intent) && { intent }),
      smart_style_url: `${fhirBaseUrl}/.well-known/smart-style.json`,
      tenant: TENANT,
    },
  });

  // Keeps the query that the launch URL may already have.
  const address = new URL(app.launchUrl);
  address.searchParams.set('iss', fhirBaseUrl);
  address.searchParams.set('launch', handle);
  return address.href;
}

/**
 * The reason for the patient's visit, as additional launch context. Only some visits have one.
 *
 * @param {import('../fhir/records.mjs').StoredResource} visit
 */
function reasonForVisit({ reasonReference }) {
  return reasonReference && { fhirContext: [{ ...reasonReference[0], type: 'Condition' }] };
}
