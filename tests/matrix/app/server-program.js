import * as library from 'smart-launch';
import * as confidential from 'smart-launch/confidential';
import { address } from './address.js';
import { useConfidential } from './back-end.js';
import { signIn, tell } from './sign-in.js';

await tell(address, async () => ({
  ...(await useConfidential(confidential, address)),
  ...(await signIn(library, address)),
}));
