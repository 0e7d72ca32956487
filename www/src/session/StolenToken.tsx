import { useState } from 'react';
import type { SmartClient, SmartSession } from 'smart-launch';
import { outcomeText } from '../fhir/outcomes';
import { Button } from '../ui/Button';
import { RailSection } from './RailSection';
import './StolenToken.css';

interface StolenTokenProps {
  readonly client: SmartClient;
  readonly session: SmartSession;
}

/** The response of the FHIR server. */
interface ServerResponse {
  readonly status: number;
  readonly text: string | null;
}

/** Sends the access token without a proof of its key, like an attacker who found it in a log. */
export function StolenToken({ client, session }: StolenTokenProps) {
  const [serverResponse, setServerResponse] = useState<ServerResponse | null>(null);
  const isBound = session.tokenResponse.token_type.toLowerCase() === 'dpop';
  const sendToken = async () => {
    const headers = { authorization: `Bearer ${await client.getAccessToken()}` };
    const response = await fetch(`${session.serverUrl}/Patient/${session.patient ?? ''}`, { headers });
    const body: unknown = await response.json();
    setServerResponse({ status: response.status, text: outcomeText(body) });
  };
  return (
    <RailSection title="If the token were stolen">
      <p className="rail-note stolen-note">
        {isBound
          ? 'It is bound to a key that cannot leave this browser (DPoP): each request proves that the page has the key.'
          : 'It is a bearer token: anyone who has it can use it until it expires.'}
      </p>
      <Button
        kind="quiet"
        data-testid="steal"
        onClick={() => void sendToken().catch(() => setServerResponse({ status: 0, text: null }))}
      >
        Send the token alone
      </Button>
      <p className="stolen" role="status" data-testid="stolen">
        {serverResponse !== null && (
          <>
            <strong>{HEADLINES[serverResponse.status] ?? 'The server did not answer as expected.'}</strong>
            {serverResponse.text !== null && <span className="rail-note">{serverResponse.text}</span>}
          </>
        )}
      </p>
    </RailSection>
  );
}

const HEADLINES: Readonly<Record<number, string>> = {
  200: '200: the server returned the patient.',
  401: '401: the token is useless without its key.',
};
