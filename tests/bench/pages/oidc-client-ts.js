import { UserManager } from 'oidc-client-ts';

const manager = new UserManager({
  authority: location.origin,
  client_id: 'growth-chart',
  redirect_uri: location.href,
  scope: 'launch/patient openid fhirUser patient/*.rs',
  extraQueryParams: { aud: `${location.origin}/fhir` },
});
manager.signinRedirect();
