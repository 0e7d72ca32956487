import FHIR from 'fhirclient';
import createRequest from '../requests/fhirclient.js';

export default (setting) => {
  const request = createRequest(setting);
  return async () => {
    const { searchParams } = new URL(setting.answer(await request()));
    // fhirclient keeps the page's URL from when it was loaded.
    const client = await FHIR.oauth2.ready({ code: searchParams.get('code'), stateKey: searchParams.get('state') });
    return client.getIdToken().sub;
  };
};
