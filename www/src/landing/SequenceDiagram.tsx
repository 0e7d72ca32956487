import './SequenceDiagram.css';

/** The step of a sign-in that is in progress; `null` if there is none. */
export type Stage = 'discovery' | 'redirect' | 'token-request' | null;

interface SequenceDiagramProps {
  readonly stage: Stage;
  /** True if the EHR starts the sign-in. */
  readonly fromEhr?: boolean;
}

/** A sign-in as a sequence diagram: this app on the left, the server on the right, time from top to bottom. */
export function SequenceDiagram({ stage, fromEhr = false }: SequenceDiagramProps) {
  const messages = fromEhr ? [LAUNCH, ...MESSAGES] : MESSAGES;
  const current = messages.findIndex((message) => message.stage === stage && stage !== null);
  return (
    <div className="sequence" data-live={stage !== null}>
      <div className="sequence-sides" aria-hidden="true">
        <span>This app</span>
        <span>The server</span>
      </div>
      <ol className="sequence-messages">
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
  { text: 'Discovery', note: 'reads the SMART configuration', towards: 'server', stage: 'discovery' },
  {
    text: 'Authorization request: you sign in there',
    note: 'with a PKCE challenge and a fresh state',
    towards: 'server',
    stage: 'redirect',
  },
  { text: 'Redirect back with a code', note: 'state and issuer are checked', towards: 'app', stage: null },
  { text: 'Token request', note: 'code and PKCE verifier', towards: 'server', stage: 'token-request' },
  { text: 'FHIR data', note: 'read with the access token, which is refreshed in time', towards: 'app', stage: null },
];
