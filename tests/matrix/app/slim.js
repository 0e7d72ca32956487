import * as library from 'smart-launch/slim';
import wasm from 'smart-launch/smart-launch.wasm?url';
import { address } from './address.js';
import { signInByPage, tell } from './sign-in.js';

library.setWasm(wasm);
tell(address, () => signInByPage(library, address));
