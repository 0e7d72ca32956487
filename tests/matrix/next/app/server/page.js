import * as library from 'smart-launch';
import * as confidential from 'smart-launch/confidential';
import { runConfidentialClients } from '../../confidential-clients';
import { report, signIn } from '../../sign-in';

export const dynamic = 'force-dynamic';

export default async function Page() {
  const appConfig = JSON.parse(process.env.SMART_LAUNCH_APP_CONFIG);
  await report(appConfig, async () => ({
    ...(await runConfidentialClients(confidential, appConfig)),
    ...(await signIn(library, appConfig)),
  }));
  return <p>Reported</p>;
}
