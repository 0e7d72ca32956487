import { createSmartClient } from 'smart-launch/dpop';
import { optionsOf } from '../requests/authorize.js';

export default async ({ call, callbackOf, ...setting }) => {
  const smart = createSmartClient({ ...optionsOf(setting), dpop: true });
  const { url } = await smart.authorize({ navigate: false });
  await smart.ready({ callback: callbackOf(url) });
  const accessToken = await smart.getAccessToken();
  return call({
    request: (path) => smart.request(path),
    proof: (url) => smart.createProof({ accessToken, url }),
  });
};
