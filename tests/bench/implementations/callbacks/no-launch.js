// The least that a building block decides: the way to its chunk, into WebAssembly and back.

import { parseLaunch } from 'smart-launch';

export default ({ app, codeOf }) => async (number) => {
  if (await parseLaunch(app.redirectUri)) throw new Error('a launch');
  return codeOf(number);
};
