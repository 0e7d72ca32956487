import * as library from 'smart-launch';
import * as confidential from 'smart-launch/confidential';
import { appConfig } from './app-config.js';
import { runConfidentialClients } from './confidential-clients.js';
import { report, signIn } from './sign-in.js';

export default {
  async fetch({ url }) {
    if (url.endsWith('/sign-in')) {
      await report(appConfig, async () => ({
        ...(await runConfidentialClients(confidential, appConfig)),
        ...(await signIn(library, appConfig)),
      }));
    }
    return new Response('Reported');
  },
};
