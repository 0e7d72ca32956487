import * as library from 'smart-launch';
import { address } from './address.js';
import { signIn, tell } from './sign-in.js';

await tell(address, () => signIn(library, address));
