import * as library from 'smart-launch';
import { signIn, tell } from '../../sign-in';

export const dynamic = 'force-dynamic';

export default async function Page() {
  const address = JSON.parse(process.env.SMART_LAUNCH_ADDRESS);
  await tell(address, () => signIn(library, address));
  return <p>Told</p>;
}
