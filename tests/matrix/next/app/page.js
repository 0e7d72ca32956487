import { SignIn } from './sign-in';

export const dynamic = 'force-dynamic';

export default function Page() {
  return <SignIn address={JSON.parse(process.env.SMART_LAUNCH_ADDRESS)} />;
}
