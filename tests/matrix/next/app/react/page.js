import { RequireSmart, SmartProvider } from 'smart-launch/react';
import { clientOptions } from '../../sign-in';
import { Chart } from './chart';

export const dynamic = 'force-dynamic';

export default function Page() {
  const appConfig = JSON.parse(process.env.SMART_LAUNCH_APP_CONFIG);
  return (
    <SmartProvider options={clientOptions(appConfig)}>
      <RequireSmart redirect="always" loading={<p>Signing in</p>} unauthenticated={<p>Signed out</p>}>
        <Chart appConfig={appConfig} />
      </RequireSmart>
    </SmartProvider>
  );
}
