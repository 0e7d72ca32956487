const library = require('smart-launch');
const confidential = require('smart-launch/confidential');

async function main() {
  const { appConfig } = await import('./app-config.js');
  const { runConfidentialClients } = await import('./confidential-clients.js');
  const { report, signIn } = await import('./sign-in.js');
  await report(appConfig, async () => ({
    ...(await runConfidentialClients(confidential, appConfig)),
    ...(await signIn(library, appConfig)),
  }));
}
main();
