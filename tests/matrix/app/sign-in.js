// What the app does in every environment: all that there is to do with a session, so that each part of the package is
// loaded there.

export const clientOptions = ({ fhirBaseUrl, redirectUri }) => ({
  clientId: 'matrix',
  scope: 'openid fhirUser launch/patient patient/*.rs offline_access',
  allowInsecureLoopback: true,
  fhirBaseUrl,
  redirectUri,
});

/** Signs in where there is no page to leave: somebody else goes through the server's pages. */
export async function signIn(library, address) {
  const smart = library.createSmartClient({ ...clientOptions(address), storage: 'memory' });
  const request = await smart.authorize({ navigate: false });
  const answer = await fetch(`${address.userUrl}/?${new URLSearchParams({ url: request.url })}`);
  return tryAll(library, smart, await smart.ready({ callback: await answer.text() }));
}

/** Signs in in a page: leaves it, and is run again when the user is back. */
export async function signInByPage(library, address) {
  const smart = library.createSmartClient(clientOptions(address));
  const session = (await smart.ready()) ?? (await smart.authorize());
  const sent = await sentOf(smart, session);
  return { ...(await tryAll(library, smart, session)), sent };
}

/** What the platform is to send of a Request with a body: Firefox shows no body that could be given on. */
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

/** Does all that there is to do with a session, signing out in the end, and gives what came of it. */
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

/** Tells how `work` went. */
export async function tell({ userUrl }, work) {
  const outcome = await work().catch(({ code, message, stack }) => ({ failed: code ?? 'no SmartError', message, stack }));
  await fetch(`${userUrl}/told`, { method: 'POST', body: JSON.stringify(outcome) });
}
