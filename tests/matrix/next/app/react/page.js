import { RequireSmart, SmartProvider } from 'smart-launch/react';
import { clientOptions } from '../../sign-in';
import { Chart } from './chart';

export const dynamic = 'force-dynamic';

export default function Page() {
  const address = JSON.parse(process.env.SMART_LAUNCH_ADDRESS);
  return (
    <SmartProvider options={clientOptions(address)}>
      <RequireSmart redirect="always" loading={<p>Signing in</p>} unauthenticated={<p>Signed out</p>}>
        <Chart address={address} />
      </RequireSmart>
    </SmartProvider>
  );
}
