import { createSmartClient } from 'smart-launch';

export const optionsOf = ({ origin, app }) => ({
  fhirBaseUrl: `${origin}/fhir`,
  clientId: app.clientId,
  scope: app.scope,
  redirectUri: app.redirectUri,
  allowInsecureLoopback: true,
});

export const createClient = (setting) => createSmartClient(optionsOf(setting));

export default (setting) => {
  const smart = createClient(setting);
  return async () => (await smart.authorize({ navigate: false })).url;
};
