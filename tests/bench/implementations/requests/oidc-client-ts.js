import { OidcClient, WebStorageStateStore } from 'oidc-client-ts';

export const createClient = ({ origin, app }) =>
  new OidcClient({
    authority: origin,
    client_id: app.clientId,
    redirect_uri: app.redirectUri,
    scope: app.scope,
    extraQueryParams: { aud: `${origin}/fhir` },
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
  });

export default (setting) => {
  const client = createClient(setting);
  return async () => (await client.createSigninRequest({})).url;
};
