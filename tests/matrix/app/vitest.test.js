import * as library from 'smart-launch';
import { test } from 'vitest';
import { appConfig } from './app-config.js';
import { report, signIn } from './sign-in.js';

test('signs in', () => report(appConfig, () => signIn(library, appConfig)));
