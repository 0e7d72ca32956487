const library = require('smart-launch');
const { appConfig } = require('./app-config.cjs');
const { report, signIn } = require('./sign-in.cjs');

test('signs in', () => report(appConfig, () => signIn(library, appConfig)), 30_000);
