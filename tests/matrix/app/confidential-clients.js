// The calls of confidential clients: without a user, and with one.

/** Uses each kind of confidential client, and returns the results. */
export const runConfidentialClients = async (library, appConfig) => ({
  readsAllPatients: await readsAllPatients(library, appConfig),
  families: [
    await signIn(library, appConfig, 'matrix-secret', { secret: appConfig.secret }),
    await signIn(library, appConfig, 'matrix-key', { key: appConfig.key }),
  ],
});

/** Whether a client with a key can read the records of all patients. */
async function readsAllPatients({ createBackendClient }, { fhirBaseUrl, key }) {
  const backend = createBackendClient({
    clientId: 'matrix-back-end',
    scope: 'system/*.rs',
    clientAuth: { key },
    allowInsecureLoopback: true,
    fhirBaseUrl,
  });
  const { entry } = await backend.request('Patient?_count=50');
  return entry.length > 1;
}

/** Signs in, refreshes, signs out, and returns the family name of the patient. */
async function signIn({ createConfidentialClient }, { fhirBaseUrl, redirectUri, userUrl }, clientId, clientAuth) {
  const smart = createConfidentialClient({
    clientId,
    clientAuth,
    scope: 'launch/patient patient/*.rs offline_access',
    storage: 'memory',
    allowInsecureLoopback: true,
    fhirBaseUrl,
    redirectUri,
  });
  const { url } = await smart.authorize({ navigate: false });
  const response = await fetch(`${userUrl}/?${new URLSearchParams({ url })}`);
  const { patient } = await smart.ready({ callback: await response.text() });
  await smart.refresh();
  const { name } = await smart.request(`Patient/${patient}`);
  const { revoked } = await smart.logout();
  return revoked && name[0].family;
}
