import FHIR from 'fhirclient';
import createRequest from '../requests/fhirclient.js';

export default (setting) => {
  const request = createRequest(setting);
  return async () => {
    const { searchParams } = new URL(setting.callbackOf(await request()));
    // fhirclient reads the URL of the page only once, so the parameters of each response are passed.
    const client = await FHIR.oauth2.ready({ code: searchParams.get('code'), stateKey: searchParams.get('state') });
    return client.getIdToken().sub;
  };
};
