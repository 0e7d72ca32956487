/** Opens an app from a patient's chart (SMART App Launch 2.2, "Launch App: EHR Launch"). */

const TENANT = 'lakeside-health';

/** What a user may want to do in the app; it stands in the token response as `intent`. */
export const INTENTS = ['reconcile-medications', 'review-results'];

/**
 * Begins a launch and returns the address to open: the app's launch URL with `iss` and a fresh `launch`.
 *
 * @param {object} options
 * @param {import('../oauth/launches.mjs').Launches} options.launches
 * @param {import('./roster.mjs').Roster} options.roster
 * @param {string} options.fhirBaseUrl
 * @param {LaunchableApp} options.app
 * @param {import('../people/users.mjs').User} options.user
 * @param {string} options.patient
 * @param {string | null} [options.intent]
 * @param {boolean} options.embedded inside the chart, whose header shows who the patient is
 *
 * @typedef {import('../sandbox.d.ts').App & { launchUrl: string }} LaunchableApp
 */
export function launchAddress({ launches, roster, fhirBaseUrl, app, user, patient, intent, embedded }) {
  const handle = launches.begin({
    clientId: app.clientId,
    accountId: user.id,
    context: {
      patient,
      encounter: roster.encounter(patient).id,
      ...reasonForVisit(roster, patient),
      need_patient_banner: !embedded,
      ...(intent && INTENTS.includes(intent) && { intent }),
      smart_style_url: `${fhirBaseUrl}/.well-known/smart-style.json`,
      tenant: TENANT,
    },
  });

  // The launch URL may have a query of its own, which stays.
  const address = new URL(app.launchUrl);
  address.searchParams.set('iss', fhirBaseUrl);
  address.searchParams.set('launch', handle);
  return address.href;
}

/**
 * The problem that brings the patient: context beyond patient and encounter, which not every launch has.
 *
 * @param {import('./roster.mjs').Roster} roster
 * @param {string} patient
 */
function reasonForVisit(roster, patient) {
  const { reasonReference } = roster.encounter(patient);
  return reasonReference && { fhirContext: [{ ...reasonReference[0], type: 'Condition' }] };
}
