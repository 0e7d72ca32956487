import * as library from 'smart-launch';
import * as confidential from 'smart-launch/confidential';
import { useConfidential } from '../../back-end';
import { signIn, tell } from '../../sign-in';

export const runtime = 'edge';

export async function GET() {
  const address = JSON.parse(process.env.SMART_LAUNCH_ADDRESS);
  await tell(address, async () => ({
    ...(await useConfidential(confidential, address)),
    ...(await signIn(library, address)),
  }));
  return new Response('Told');
}
