import * as library from 'smart-launch';
import { address } from './address.js';
import { report, signIn } from './sign-in.js';

await report(address, () => signIn(library, address));
