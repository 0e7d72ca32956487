import { createClient } from '../requests/authorize.js';

export default async ({ call, callbackOf, ...setting }) => {
  const smart = createClient(setting);
  const { url } = await smart.authorize({ navigate: false });
  const session = await smart.ready({ callback: callbackOf(url) });
  return call({
    request: (path) => smart.request(path),
    accessToken: () => smart.getAccessToken(),
    can: (scope) => session.can(scope),
  });
};
