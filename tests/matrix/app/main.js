import * as library from 'smart-launch';
import { address } from './address.js';
import { report, signInByPage } from './sign-in.js';

report(address, () => signInByPage(library, address));
