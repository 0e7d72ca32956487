/** What people do at the sandbox, for the tests of apps. Needs no more than the sandbox's addresses. */

export { launchFromEhr } from './launch.mjs';
export { signIn, signInOn } from './sign-in.mjs';
