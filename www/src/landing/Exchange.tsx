import './Exchange.css';

/** Progress of a sign-in: before or after the redirect to the server. `null`: not started. */
export type Stage = 'asking' | 'leaving' | 'trading' | null;

interface ExchangeProps {
  readonly stage: Stage;
  /** True if the EHR starts the sign-in. */
  readonly fromEhr?: boolean;
}

/** A sign-in as a sequence diagram: this app on the left, the server on the right, time from top to bottom. */
export function Exchange({ stage, fromEhr = false }: ExchangeProps) {
  const messages = fromEhr ? [LAUNCH, ...MESSAGES] : MESSAGES;
  const current = messages.findIndex((message) => message.stage === stage && stage !== null);
  return (
    <div className="exchange" data-live={stage !== null}>
      <div className="exchange-sides" aria-hidden="true">
        <span>This app</span>
        <span>The server</span>
      </div>
      <ol className="exchange-messages">
        {messages.map(({ text, note, towards }, index) => (
          <li
            className="message"
            key={text}
            data-towards={towards}
            data-state={index < current ? 'done' : index === current ? 'now' : 'ahead'}
            aria-current={index === current ? 'step' : undefined}
          >
            <span className="message-text">{text}</span>
            <span className="message-arrow" aria-hidden="true" />
            <span className="message-note">{note}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

interface Message {
  readonly text: string;
  readonly note: string;
  readonly towards: 'server' | 'app';
  readonly stage: Stage;
}

const LAUNCH: Message = {
  text: 'The EHR opens this app',
  note: 'with iss and a launch handle',
  towards: 'app',
  stage: null,
};

const MESSAGES: readonly Message[] = [
  { text: 'Discovery', note: 'reads the SMART configuration', towards: 'server', stage: 'asking' },
  {
    text: 'Authorization request: you sign in there',
    note: 'with a PKCE challenge and a fresh state',
    towards: 'server',
    stage: 'leaving',
  },
  { text: 'Redirect back with a code', note: 'state and issuer are checked', towards: 'app', stage: null },
  { text: 'Token request', note: 'code and PKCE verifier', towards: 'server', stage: 'trading' },
  { text: 'FHIR data', note: 'read with the access token, which is refreshed in time', towards: 'app', stage: null },
];
