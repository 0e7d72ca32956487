import * as library from 'smart-launch/slim';
import wasm from 'smart-launch/smart-launch.wasm?url';
import { address } from './address.js';
import { report, signInByPage } from './sign-in.js';

library.setWasm(wasm);
report(address, () => signInByPage(library, address));
