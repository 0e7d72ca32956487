import * as library from 'smart-launch';
import { test } from 'vitest';
import { address } from './address.js';
import { signIn, tell } from './sign-in.js';

test('signs in', () => tell(address, () => signIn(library, address)));
