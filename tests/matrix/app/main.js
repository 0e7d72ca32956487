import * as library from 'smart-launch';
import { appConfig } from './app-config.js';
import { report, signInByPage } from './sign-in.js';

report(appConfig, () => signInByPage(library, appConfig));
