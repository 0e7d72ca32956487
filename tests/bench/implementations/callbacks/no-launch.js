// The smallest building block: measures only loading its chunk and the call into WebAssembly and back.

import { parseLaunch } from 'smart-launch';

export default ({ app, codeOf }) => async (number) => {
  if (await parseLaunch(app.redirectUri)) throw new Error('a launch');
  return codeOf(number);
};
