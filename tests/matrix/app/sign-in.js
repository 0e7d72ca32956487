// The app's calls in every environment: it uses everything that a session offers, so that each part of the package is
// loaded.

export const clientOptions = ({ fhirBaseUrl, redirectUri }) => ({
  clientId: 'matrix',
  scope: 'openid fhirUser launch/patient patient/*.rs offline_access',
  allowInsecureLoopback: true,
  fhirBaseUrl,
  redirectUri,
});

/** Signs in outside a page: the simulated user goes through the server's pages. */
export async function signIn(library, address) {
  const smart = library.createSmartClient({ ...clientOptions(address), storage: 'memory' });
  const request = await smart.authorize({ navigate: false });
  const answer = await fetch(`${address.userUrl}/?${new URLSearchParams({ url: request.url })}`);
  return tryAll(library, smart, await smart.ready({ callback: await answer.text() }));
}

/** Signs in in a page: navigates away, and runs again when the user comes back. */
export async function signInByPage(library, address) {
  const smart = library.createSmartClient(clientOptions(address));
  const session = (await smart.ready()) ?? (await smart.authorize());
  const sent = await sentOf(smart, session);
  return { ...(await tryAll(library, smart, session)), sent };
}

/** The requests that the platform is asked to send for a Request with a body: Firefox has no `body` to pass on. */
async function sentOf(smart, { serverUrl }) {
  const { fetch } = globalThis;
  globalThis.fetch = async (...given) => {
    const request = new Request(...given);
    const { method, cache, credentials, headers } = request;
    const type = headers.get('content-type');
    return Response.json({ method, cache, credentials, type, body: await request.text() });
  };
  try {
    const asked = ['POST', 'PUT', 'DELETE'].map(async (method) => {
      const more = { cache: 'no-store', credentials: 'omit', body: method === 'DELETE' ? undefined : '{"kept":"é"}' };
      const request = new Request(`${serverUrl}/Patient?name=Smith\\,John`, { method, ...more });
      const direct = new Request(`${serverUrl}/Patient`, { method, ...more });
      return [await (await smart.fetch(request)).json(), await (await smart.fetch(direct)).json()];
    });
    return (await Promise.all(asked)).flat();
  } finally {
    globalThis.fetch = fetch;
  }
}

/** Uses everything that a session offers, signs out at the end, and returns the results. */
export async function tryAll({ normalizeScope }, smart, session) {
  const patient = await smart.request(`Patient/${session.patient}`);
  const token = await smart.getAccessToken();
  await smart.refresh();
  const isRenewed = token !== (await smart.getAccessToken());
  const { issuer } = await smart.discover();
  const { revoked } = await smart.logout();
  const refused = await smart.request('Patient').catch(({ code, hint }) => ({ code, hint }));
  return {
    family: patient.name[0].family,
    isProven: session.idToken.iss === issuer,
    isRenewed,
    isOfIssuer: session.issuer === issuer,
    scope: await normalizeScope('patient/Observation.s patient/Observation.r'),
    revoked,
    refused,
  };
}

/** Reports the result of `work`. */
export async function tell({ userUrl }, work) {
  const outcome = await work().catch(({ code, message, stack }) => ({ failed: code ?? 'no SmartError', message, stack }));
  await fetch(`${userUrl}/told`, { method: 'POST', body: JSON.stringify(outcome) });
}
