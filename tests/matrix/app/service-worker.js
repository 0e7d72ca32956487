import * as library from 'smart-launch/static';
import { address } from './address.js';
import { report, signIn } from './sign-in.js';

addEventListener('message', (event) => event.waitUntil(report(address, () => signIn(library, address))));
