import * as library from 'smart-launch';
import * as confidential from 'smart-launch/confidential';
import { address } from './address.js';
import { runConfidentialClients } from './confidential-clients.js';
import { report, signIn } from './sign-in.js';

await report(address, async () => ({
  ...(await runConfidentialClients(confidential, address)),
  ...(await signIn(library, address)),
}));
