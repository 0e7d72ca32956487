import { createClient } from '../requests/oidc-client-ts.js';

export default (setting) => {
  const client = createClient(setting);
  return async () => {
    const { url } = await client.createSigninRequest({});
    return (await client.processSigninResponse(setting.callbackOf(url))).profile.sub;
  };
};
