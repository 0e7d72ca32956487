import * as library from 'smart-launch';
import { test } from 'vitest';
import { address } from './address.js';
import { report, signIn } from './sign-in.js';

test('signs in', () => report(address, () => signIn(library, address)));
