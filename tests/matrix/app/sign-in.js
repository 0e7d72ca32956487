// The app's calls in every environment: sign-in, reading the patient, refresh, metadata, sign-out, an error and a building block,
// so that the chunks for these are loaded.

export const clientOptions = ({ fhirBaseUrl, redirectUri }) => ({
  clientId: 'matrix',
  scope: 'openid fhirUser launch/patient patient/*.rs offline_access',
  allowInsecureLoopback: true,
  fhirBaseUrl,
  redirectUri,
});

/** Signs in outside a page: the simulated user goes through the server's pages. */
export async function signIn(library, appConfig) {
  const smart = library.createSmartClient({ ...clientOptions(appConfig), storage: 'memory' });
  const request = await smart.authorize({ navigate: false });
  const response = await fetch(`${appConfig.userUrl}/?${new URLSearchParams({ url: request.url })}`);
  return exerciseSession(library, smart, await smart.ready({ callback: await response.text() }));
}

/** Signs in in a page: the page navigates away, and this function runs again when the user comes back. */
export async function signInByPage(library, appConfig) {
  const smart = library.createSmartClient(clientOptions(appConfig));
  const session = (await smart.ready()) ?? (await smart.authorize());
  const sent = await fetchedRequests(smart, session);
  return { ...(await exerciseSession(library, smart, session)), sent };
}

/** The requests that the client passes to `fetch` for a Request. Firefox does not expose its body as `Request.body`. */
async function fetchedRequests(smart, { serverUrl }) {
  const { fetch } = globalThis;
  globalThis.fetch = async (...args) => {
    const request = new Request(...args);
    const { method, cache, credentials, headers } = request;
    const type = headers.get('content-type');
    return Response.json({ method, cache, credentials, type, body: await request.text() });
  };
  try {
    const results = ['POST', 'PUT', 'DELETE'].map(async (method) => {
      const init = { cache: 'no-store', credentials: 'omit', body: method === 'DELETE' ? undefined : '{"kept":"é"}' };
      const request = new Request(`${serverUrl}/Patient?name=Smith\\,John`, { method, ...init });
      const unchanged = new Request(`${serverUrl}/Patient`, { method, ...init });
      return [await (await smart.fetch(request)).json(), await (await smart.fetch(unchanged)).json()];
    });
    return (await Promise.all(results)).flat();
  } finally {
    globalThis.fetch = fetch;
  }
}

/** Reads the patient, refreshes, reads the metadata, signs out, causes an error and calls a building block; returns the results. */
export async function exerciseSession({ normalizeScope }, smart, session) {
  const patient = await smart.request(`Patient/${session.patient}`);
  const token = await smart.getAccessToken();
  await smart.refresh();
  const isRenewed = token !== (await smart.getAccessToken());
  const { issuer } = await smart.discover();
  const { revoked } = await smart.logout();
  const refused = await smart.request('Patient').catch(({ code, hint }) => ({ code, hint }));
  return {
    family: patient.name[0].family,
    isIdTokenOfIssuer: session.idToken.iss === issuer,
    isRenewed,
    isSessionOfIssuer: session.issuer === issuer,
    scope: await normalizeScope('patient/Observation.s patient/Observation.r'),
    revoked,
    refused,
  };
}

/** Reports the result of `work`. */
export async function report({ userUrl }, work) {
  const outcome = await work().catch(({ code, message, stack }) => ({ failed: code ?? 'no SmartError', message, stack }));
  await fetch(`${userUrl}/report`, { method: 'POST', body: JSON.stringify(outcome) });
}
