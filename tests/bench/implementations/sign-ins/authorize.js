import { createClient } from '../requests/authorize.js';

export default (setting) => {
  const smart = createClient(setting);
  return async () => {
    const { url } = await smart.authorize({ navigate: false });
    return (await smart.ready({ callback: setting.callbackOf(url) })).idToken.sub;
  };
};
