/** User actions in the sandbox, for the tests of apps. These functions only need the sandbox's URLs. */

export { launchFromEhr } from './launch.mjs';
export { signIn, signInOn } from './sign-in.mjs';
