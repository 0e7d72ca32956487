const library = require('smart-launch');
const { address } = require('./address.cjs');
const { report, signIn } = require('./sign-in.cjs');

test('signs in', () => report(address, () => signIn(library, address)), 30_000);
