import { User, UserManager, WebStorageStateStore } from 'oidc-client-ts';

export default async ({ call, origin, app }) => {
  const manager = new UserManager({
    authority: origin,
    client_id: app.clientId,
    redirect_uri: app.redirectUri,
    userStore: new WebStorageStateStore({ store: sessionStorage }),
    automaticSilentRenew: false,
  });
  const expires_at = Math.floor(Date.now() / 1_000) + 3_600;
  const profile = { iss: origin, sub: 'user', aud: app.clientId, exp: expires_at, iat: expires_at };
  await manager.storeUser(new User({ access_token: 'token', token_type: 'bearer', scope: app.scope, profile, expires_at }));
  const accessToken = async () => (await manager.getUser()).access_token;
  return call({
    accessToken,
    async request(path) {
      const headers = { accept: 'application/fhir+json', authorization: `Bearer ${await accessToken()}` };
      return (await fetch(`${origin}/fhir/${path}`, { headers })).json();
    },
  });
};
