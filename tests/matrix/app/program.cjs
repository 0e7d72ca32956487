const library = require('smart-launch');

async function main() {
  const { address } = await import('./address.js');
  const { signIn, tell } = await import('./sign-in.js');
  await tell(address, () => signIn(library, address));
}
main();
