import * as library from 'smart-launch';
import { address } from './address.js';
import { signInByPage, tell } from './sign-in.js';

tell(address, () => signInByPage(library, address));
