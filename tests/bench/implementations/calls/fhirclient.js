import FHIR from 'fhirclient';

export default ({ call, origin, app }) => {
  const tokenResponse = { access_token: 'token', expires_in: 3_600, scope: app.scope };
  const client = FHIR.client({ serverUrl: `${origin}/fhir`, tokenResponse });
  return call({
    request: (path) => client.request(path),
    accessToken: () => client.getState('tokenResponse.access_token'),
  });
};
