// Options of createSmartClient.

import { createSmartClient, type SmartClient, type SmartClientOptions } from 'smart-launch';
import { expectType, type Same } from './expect.js';

const requiredOptions = { fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'app', scope: 'patient/*.rs' };

const client = createSmartClient(requiredOptions);
expectType<Same<typeof client, SmartClient>>();

createSmartClient({
  ...requiredOptions,
  fhirBaseUrl: new URL(requiredOptions.fhirBaseUrl),
  redirectUri: new URL('https://app.example/back'),
  issuer: 'https://ehr.example',
  aud: 'https://ehr.example/fhir',
  endpoints: { authorizationEndpoint: 'https://as.example/a', tokenEndpoint: new URL('https://as.example/t') },
  authorizeMethod: 'auto',
  responseMode: 'form_post',
  authorizationParams: { prompt: 'login', max_age: 60, claims: { id_token: {} }, flag: true },
  storage: 'memory',
  strict: true,
  timeoutSeconds: 5,
  assumedLifetimeSeconds: 60,
  idleTimeoutSeconds: 900,
  allowInsecureLoopback: true,
  acceptServerWithoutS256: true,
});

createSmartClient({
  clientId: 'app',
  scope: 'launch launch/patient patient/*.rs',
  servers: [
    { fhirBaseUrl: 'https://ehr.example/fhir', redirectUri: 'https://app.example/back/ehr' },
    { fhirBaseUrl: 'https://other.example/r4', redirectUri: 'https://app.example/back/other', clientId: '0a1b2c' },
  ],
} as const);

const issuer: string | undefined = undefined;
createSmartClient({ ...requiredOptions, issuer, endpoints: undefined });
const servers = [{ name: 'Lakeside Health', fhirBaseUrl: 'https://ehr.example/fhir' }];
createSmartClient({ clientId: 'app', scope: 'patient/*.rs', servers });

const options: SmartClientOptions = requiredOptions;
createSmartClient(options);

// @ts-expect-error options are required
createSmartClient();
// @ts-expect-error `clientId` and `scope` are required
createSmartClient({ fhirBaseUrl: 'https://ehr.example/fhir' });
// @ts-expect-error `fhirBaseUrl` is required without `servers`
createSmartClient({ clientId: 'app', scope: 'patient/*.rs' });
// @ts-expect-error scopes are one string
createSmartClient({ ...requiredOptions, scope: ['patient/*.rs'] });
// @ts-expect-error a misspelt option
createSmartClient({ ...requiredOptions, redirectURI: 'https://app.example/back' });
createSmartClient({ ...requiredOptions, storage: 'local' });
// @ts-expect-error no such storage
createSmartClient({ ...requiredOptions, storage: 'localStorage' });
// @ts-expect-error seconds are a number
createSmartClient({ ...requiredOptions, timeoutSeconds: '5' });
// @ts-expect-error no such method
createSmartClient({ ...requiredOptions, authorizeMethod: 'PUT' });
createSmartClient({ ...requiredOptions, endpoints: { jwksUri: 'https://app.example/keys' } });
// @ts-expect-error no such endpoint
createSmartClient({ ...requiredOptions, endpoints: { jwks: 'https://app.example/keys' } });
// @ts-expect-error there is no client secret
createSmartClient({ ...requiredOptions, clientSecret: 'secret' });
