import type { SmartRequestEvent } from 'smart-launch';
import type { Step } from '../journal/step';

interface StepLineProps {
  readonly step: Step;
  readonly fhirBaseUrl: string;
  /** The longest response time in the list, in milliseconds: the full width of a bar. */
  readonly slowest: number;
}

export function StepLine({ step, fhirBaseUrl, slowest }: StepLineProps) {
  if (step.kind === 'redirect') return <li className="step step-plain">Redirected to the server’s sign-in page</li>;
  if (step.kind === 'note') return <li className={`step step-${step.tone}`}>{step.text}</li>;
  const { request } = step;
  const failed = request.status === null || request.status >= 400;
  return (
    <li className={failed ? 'step step-request step-bad' : 'step step-request'} data-purpose={request.purpose}>
      <div className="step-head">
        <span>{purposeText(request, fhirBaseUrl)}</span>
        <span className="step-outcome">
          <span className="step-status">{request.status ?? 'no response'}</span> {Math.round(request.milliseconds)} ms
        </span>
      </div>
      <span className="step-bar" style={{ inlineSize: `${Math.min(1, request.milliseconds / slowest) * 100}%` }} />
      <code className="step-url">
        {request.method} {displayedUrl(request.url, fhirBaseUrl)}
      </code>
    </li>
  );
}

function purposeText(request: SmartRequestEvent, fhirBaseUrl: string): string {
  if (request.purpose !== 'fhir') return PURPOSES[request.purpose];
  const [type] = request.url.slice(fhirBaseUrl.length).split('/').filter(Boolean);
  return type === undefined ? 'Read the record' : `Read ${type}`;
}

/** The path for URLs on the FHIR server's host; otherwise the whole URL. */
function displayedUrl(url: string, fhirBaseUrl: string): string {
  const { origin } = new URL(fhirBaseUrl);
  return url.startsWith(`${origin}/`) ? url.slice(origin.length) : url;
}

const PURPOSES = {
  discovery: 'Read the SMART configuration',
  pushed: 'Pushed the authorization request',
  token: 'Exchanged the code for tokens',
  refresh: 'Refreshed the tokens',
  openid_discovery: 'Read the OpenID configuration',
  jwks: 'Fetched the server’s keys',
  userinfo: 'Read UserInfo',
  introspection: 'Introspected the token',
  revocation: 'Revoked a token',
  registration: 'Registered the app',
} as const;
