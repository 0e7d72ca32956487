import { SignIn } from './sign-in';

export const dynamic = 'force-dynamic';

export default function Page() {
  return <SignIn appConfig={JSON.parse(process.env.SMART_LAUNCH_APP_CONFIG)} />;
}
