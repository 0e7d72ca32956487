import * as library from 'smart-launch/static';
import { appConfig } from './app-config.js';
import { report, signIn } from './sign-in.js';

addEventListener('message', (event) => event.waitUntil(report(appConfig, () => signIn(library, appConfig))));
