import * as library from 'smart-launch/static';
import { address } from './address.js';
import { signIn, tell } from './sign-in.js';

addEventListener('message', (event) => event.waitUntil(tell(address, () => signIn(library, address))));
