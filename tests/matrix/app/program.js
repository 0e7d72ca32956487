import * as library from 'smart-launch';
import { appConfig } from './app-config.js';
import { report, signIn } from './sign-in.js';

await report(appConfig, () => signIn(library, appConfig));
