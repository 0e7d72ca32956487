const library = require('smart-launch');
const confidential = require('smart-launch/confidential');

async function main() {
  const { address } = await import('./address.js');
  const { useConfidential } = await import('./back-end.js');
  const { signIn, tell } = await import('./sign-in.js');
  await tell(address, async () => ({
    ...(await useConfidential(confidential, address)),
    ...(await signIn(library, address)),
  }));
}
main();
