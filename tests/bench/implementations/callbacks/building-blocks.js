import { readAuthorizationResponse } from 'smart-launch';

export default ({ origin, app, callback }) => {
  sessionStorage.setItem('pending', JSON.stringify({ state: app.state }));
  return async (number) => {
    const { state } = JSON.parse(sessionStorage.getItem('pending'));
    const { redirectUri } = app;
    const options = { callback: callback(number), state, redirectUri, issuer: origin, issRequired: true };
    return (await readAuthorizationResponse(options)).code;
  };
};
