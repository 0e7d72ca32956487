import { lazy, Suspense, useState } from 'react';
import type { Demo } from '../demo';
import { isInFrame } from '../isInFrame';
import { SignInOptions } from '../landing/SignInOptions';
import { SignInSteps } from '../landing/SignInSteps';
import { DEFAULT_TRANSPORT, PUSHED_TRANSPORT, type Transport } from '../landing/transport';
import { Button } from '../ui/Button';
import { Details } from '../ui/Details';
import { PageLayout } from '../ui/PageLayout';
import { Skeleton } from '../ui/Skeleton';
import './Landing.css';

interface LandingProps {
  readonly demo: Demo;
  /** Signs in at the server with the FHIR base URL `iss`; default: the server of the configuration. */
  readonly onSignIn: (transport: Transport, iss?: string) => void;
}

/** The code of the search, which is loaded when the section is opened. */
const HospitalPicker = lazy(() => import('../landing/HospitalPicker'));

/** The start screen without a session. */
export function Landing({ demo, onSignIn }: LandingProps) {
  const { client, config, bound } = demo;
  const [transport, setTransport] = useState(bound ? PUSHED_TRANSPORT : DEFAULT_TRANSPORT);
  const seconds = config.accessTokenSeconds;
  return (
    <PageLayout rail={<SignInSteps stage={null} />} railLabel="How a sign-in works">
      <div className="landing">
        <h1 className="landing-title">Open a health record</h1>
        <p className="landing-lead">
          A demo of smart-launch, the SMART App Launch client for JavaScript. It signs you in, shows one patient’s
          chart, and lists every request it made.
        </p>
        <div className="landing-ways">
          <Button kind="main" data-testid="sign-in" onClick={() => onSignIn(transport)}>
            Sign in
          </Button>
          {config.ehrUrl !== null && !isInFrame() && (
            <a href={config.ehrUrl} data-testid="ehr-link">
              or open it from the EHR
            </a>
          )}
        </div>
        <p className="landing-server">
          Server: <code>{config.fhirBaseUrl}</code>
          {seconds !== null && seconds <= 120 && (
            <>. Its access tokens are valid for only {seconds} seconds, so that you can see one being refreshed</>
          )}
          .
        </p>
        {config.serverAppUrl !== null && !isInFrame() && (
          <p className="landing-server">
            <a href={config.serverAppUrl} data-testid="server-app-link">
              The same demo with sign-in on a server
            </a>
            : its pages have no token.
          </p>
        )}
        <div className="landing-details">
          <Details summary="Find your hospital" testId="find">
            <Suspense fallback={<Skeleton lines={2} label="Loading the organizations" />}>
              <HospitalPicker client={client} permitted={[config.fhirBaseUrl]} onSignIn={(iss) => onSignIn(transport, iss)} />
            </Suspense>
          </Details>
          <SignInOptions transport={transport} bound={bound} onChange={setTransport} />
        </div>
      </div>
    </PageLayout>
  );
}
