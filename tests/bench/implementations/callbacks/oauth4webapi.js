import { validateAuthResponse } from 'oauth4webapi';

export default ({ origin, app, callback }) => {
  sessionStorage.setItem('pending', JSON.stringify({ state: app.state }));
  const server = { issuer: origin, authorization_response_iss_parameter_supported: true };
  const client = { client_id: app.clientId };
  return async (number) => {
    const { state } = JSON.parse(sessionStorage.getItem('pending'));
    return validateAuthResponse(server, client, new URL(callback(number)), state).get('code');
  };
};
