const library = require('smart-launch');
const { address } = require('./address.cjs');
const { signIn, tell } = require('./sign-in.cjs');

test('signs in', () => tell(address, () => signIn(library, address)), 30_000);
