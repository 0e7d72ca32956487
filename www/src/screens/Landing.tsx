import { useState } from 'react';
import type { DemoConfig } from '../config';
import { framed } from '../framed';
import { Journey } from '../landing/Journey';
import { PUSHED, USUAL, type Travel } from '../landing/travel';
import { TravelChoice } from '../landing/TravelChoice';
import { Button } from '../ui/Button';
import { Frame } from '../ui/Frame';
import './Landing.css';

interface LandingProps {
  readonly config: DemoConfig;
  readonly bound: boolean;
  readonly onSignIn: (travel: Travel) => void;
}

/** The start screen without a session. */
export function Landing({ config, bound, onSignIn }: LandingProps) {
  const [travel, setTravel] = useState(bound ? PUSHED : USUAL);
  const seconds = config.accessTokenSeconds;
  return (
    <Frame rail={<Journey stage={null} />} railLabel="How a sign-in works">
      <div className="landing">
        <h1 className="landing-title">Open a health record</h1>
        <p className="landing-lead">
          A demo of smart-launch, the SMART App Launch client for JavaScript. It signs you in, shows one patient’s
          chart, and lists every request it made.
        </p>
        <div className="landing-ways">
          <Button kind="main" data-testid="sign-in" onClick={() => onSignIn(travel)}>
            Sign in
          </Button>
          {config.ehrUrl !== null && !framed() && (
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
        {config.serverAppUrl !== null && !framed() && (
          <p className="landing-server">
            <a href={config.serverAppUrl} data-testid="server-app-link">
              The same demo with sign-in on a server
            </a>
            : its pages have no token.
          </p>
        )}
        <TravelChoice travel={travel} bound={bound} onChange={setTravel} />
      </div>
    </Frame>
  );
}
