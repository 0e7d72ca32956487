/** Opens an app from a patient's chart, without a browser. */

/**
 * Returns the URL that the EHR opens: the app's launch URL with `iss` and a `launch` that works once.
 *
 * @param {object} chart
 * @param {string} chart.ehrUrl of the sandbox
 * @param {string} chart.clientId of the app, which has a `launchUrl`
 * @param {string} [chart.patient] id of the patient whose chart is open
 * @param {string} [chart.intent] the launch intent for the app
 * @returns {Promise<string>}
 */
export async function launchFromEhr({ ehrUrl, clientId, patient = 'maria-alvarez', intent = '' }) {
  const chart = `${ehrUrl}/${encodeURIComponent(patient)}/${encodeURIComponent(clientId)}`;
  const response = await fetch(chart, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ intent }) });
  const launchUrl = response.headers.get('location');
  if (!launchUrl) throw new Error(`The EHR answered HTTP ${response.status} to the launch of ${clientId} for ${patient}.`);
  return launchUrl;
}
