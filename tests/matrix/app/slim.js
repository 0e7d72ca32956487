import * as library from 'smart-launch/slim';
import wasm from 'smart-launch/smart-launch.wasm?url';
import { appConfig } from './app-config.js';
import { report, signInByPage } from './sign-in.js';

library.setWasm(wasm);
report(appConfig, () => signInByPage(library, appConfig));
