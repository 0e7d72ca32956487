// The smallest building block: measures little more than the call into WebAssembly and back.

import { parseLaunch } from 'smart-launch';

export default ({ app, codeOf }) => async (number) => {
  if (await parseLaunch(app.redirectUri)) throw new Error('a launch');
  return codeOf(number);
};
