import FHIR from 'fhirclient';

FHIR.oauth2.authorize({
  iss: `${location.origin}/fhir`,
  clientId: 'growth-chart',
  scope: 'launch/patient openid fhirUser patient/*.rs',
  redirectUri: location.href,
});
