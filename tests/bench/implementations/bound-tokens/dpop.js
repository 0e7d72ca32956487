import { createSmartClient } from 'smart-launch/dpop';
import { optionsOf } from '../requests/authorize.js';

export default async ({ call, answer, ...setting }) => {
  const smart = createSmartClient({ ...optionsOf(setting), dpop: true });
  const { url } = await smart.authorize({ navigate: false });
  await smart.ready({ callback: answer(url) });
  const accessToken = await smart.getAccessToken();
  return call({
    request: (path) => smart.request(path),
    proof: (url) => smart.createProof({ accessToken, url }),
  });
};
