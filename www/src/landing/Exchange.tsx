import './Exchange.css';

/** Where a sign-in is: before the trip to the server, or after. `null`: not begun. */
export type Stage = 'asking' | 'leaving' | 'trading' | null;

interface ExchangeProps {
  readonly stage: Stage;
  /** Whether the EHR begins it. */
  readonly fromEhr?: boolean;
}

/** A sign-in as a sequence diagram: this app on the left, the server on the right, time running down. */
export function Exchange({ stage, fromEhr = false }: ExchangeProps) {
  const messages = fromEhr ? [LAUNCH, ...MESSAGES] : MESSAGES;
  const current = messages.findIndex((message) => message.stage === stage && stage !== null);
  return (
    <div className="exchange" data-live={stage !== null}>
      <div className="exchange-sides" aria-hidden="true">
        <span>This app</span>
        <span>The record’s server</span>
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
  note: 'with its address and a launch handle',
  towards: 'app',
  stage: null,
};

const MESSAGES: readonly Message[] = [
  { text: 'How do you work?', note: 'reads the SMART configuration', towards: 'server', stage: 'asking' },
  {
    text: 'You go there and sign in',
    note: 'with a PKCE challenge and a fresh state',
    towards: 'server',
    stage: 'leaving',
  },
  { text: 'You come back with a code', note: 'checked: same state, same issuer', towards: 'app', stage: null },
  { text: 'Code for token', note: 'proved by the PKCE verifier', towards: 'server', stage: 'trading' },
  { text: 'The chart', note: 'read with the token, renewed before it ends', towards: 'app', stage: null },
];
