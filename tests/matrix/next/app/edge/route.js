import * as library from 'smart-launch';
import * as confidential from 'smart-launch/confidential';
import { runConfidentialClients } from '../../confidential-clients';
import { report, signIn } from '../../sign-in';

export const runtime = 'edge';

export async function GET() {
  const appConfig = JSON.parse(process.env.SMART_LAUNCH_APP_CONFIG);
  await report(appConfig, async () => ({
    ...(await runConfidentialClients(confidential, appConfig)),
    ...(await signIn(library, appConfig)),
  }));
  return new Response('Reported');
}
