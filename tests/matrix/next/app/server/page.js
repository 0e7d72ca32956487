import * as library from 'smart-launch';
import * as confidential from 'smart-launch/confidential';
import { runConfidentialClients } from '../../confidential-clients';
import { report, signIn } from '../../sign-in';

export const dynamic = 'force-dynamic';

export default async function Page() {
  const address = JSON.parse(process.env.SMART_LAUNCH_ADDRESS);
  await report(address, async () => ({
    ...(await runConfidentialClients(confidential, address)),
    ...(await signIn(library, address)),
  }));
  return <p>Reported</p>;
}
