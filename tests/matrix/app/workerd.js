import * as library from 'smart-launch';
import { address } from './address.js';
import { signIn, tell } from './sign-in.js';

export default {
  async fetch({ url }) {
    if (url.endsWith('/sign-in')) await tell(address, () => signIn(library, address));
    return new Response('Told');
  },
};
