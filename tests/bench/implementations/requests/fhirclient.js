import FHIR from 'fhirclient';

export default ({ origin, app }) => {
  const options = {
    iss: `${origin}/fhir`,
    clientId: app.clientId,
    scope: app.scope,
    redirectUri: app.redirectUri,
    noRedirect: true,
  };
  // In Node, fhirclient needs a request to a server, and the session of that request.
  const request = () => ({ headers: { host: 'app.example' }, url: '/', socket: {}, session: {} });
  return () => (FHIR.oauth2 ?? FHIR(request(), {})).authorize(options);
};
