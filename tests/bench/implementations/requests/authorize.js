import { createSmartClient } from 'smart-launch';

export const createClient = ({ origin, app }) =>
  createSmartClient({
    fhirBaseUrl: `${origin}/fhir`,
    clientId: app.clientId,
    scope: app.scope,
    redirectUri: app.redirectUri,
    allowInsecureLoopback: true,
  });

export default (setting) => {
  const smart = createClient(setting);
  return async () => (await smart.authorize({ navigate: false })).url;
};
