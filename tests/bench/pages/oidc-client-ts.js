import { UserManager } from 'oidc-client-ts';
import { CLIENT_ID, FHIR_BASE, REDIRECT_URI, SCOPE, isBack, isCallback, reached, readPatient } from '../page.js';

const manager = new UserManager({
  authority: location.origin,
  client_id: CLIENT_ID,
  redirect_uri: REDIRECT_URI,
  scope: SCOPE,
  extraQueryParams: { aud: FHIR_BASE },
});
if (isBack) {
  const user = isCallback ? await manager.signinRedirectCallback() : await manager.getUser();
  reached('session');
  await readPatient(user.access_token);
  reached('patient');
} else {
  manager.signinRedirect();
}
