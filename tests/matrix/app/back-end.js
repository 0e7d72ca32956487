// The calls of a program without a user.

/** Whether a client with a key can read the records of all patients. */
export async function isBackEnd({ createBackendClient }, { fhirBaseUrl, key }) {
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
