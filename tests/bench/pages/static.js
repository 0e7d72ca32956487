import { createSmartClient } from 'smart-launch/static';

const smart = createSmartClient({
  fhirBaseUrl: `${location.origin}/fhir`,
  clientId: 'growth-chart',
  scope: 'launch/patient openid fhirUser patient/*.rs',
  allowInsecureLoopback: true,
});
smart.authorize();
