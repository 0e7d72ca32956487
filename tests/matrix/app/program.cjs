const library = require('smart-launch');
const confidential = require('smart-launch/confidential');

async function main() {
  const { address } = await import('./address.js');
  const { runConfidentialClients } = await import('./confidential-clients.js');
  const { report, signIn } = await import('./sign-in.js');
  await report(address, async () => ({
    ...(await runConfidentialClients(confidential, address)),
    ...(await signIn(library, address)),
  }));
}
main();
