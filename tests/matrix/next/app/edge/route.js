import * as library from 'smart-launch';
import { signIn, tell } from '../../sign-in';

export const runtime = 'edge';

export async function GET() {
  const address = JSON.parse(process.env.SMART_LAUNCH_ADDRESS);
  await tell(address, () => signIn(library, address));
  return new Response('Told');
}
