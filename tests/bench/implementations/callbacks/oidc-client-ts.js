import { createClient } from '../requests/oidc-client-ts.js';

export default async (setting) => {
  const client = createClient(setting);
  const { state } = await client.createSigninRequest({});
  return async (number) => (await client.readSigninResponseState(setting.callback(number, state.id))).response.code;
};
