import { setTokensBound } from '../binding';
import { Details } from '../ui/Details';
import { Segments } from '../ui/Segments';
import type { Transport } from './transport';
import './SignInOptions.css';

interface SignInOptionsProps {
  readonly transport: Transport;
  /** Whether the tokens are bound to a key. */
  readonly bound: boolean;
  readonly onChange: (transport: Transport) => void;
}

/** Options to try the protocol's variants. Collapsed at first, because they are optional, unless the tokens are bound. */
export function SignInOptions({ transport, bound, onChange }: SignInOptionsProps) {
  return (
    <Details
      testId="sign-in-options"
      open={bound}
      summary={
        <>
          Options of the sign-in
          <span className="sign-in-options-now">
            request by {transport.method}, response by {transport.mode}, {bound ? 'bound' : 'bearer'} tokens
          </span>
        </>
      }
    >
      <div className="sign-in-options-choices">
        <div>
          <h2 className="sign-in-options-title">Authorization request</h2>
          <Segments
            label="Method of the authorization request"
            name="method"
            options={METHODS}
            value={transport.method}
            onChange={(method) => onChange({ ...transport, method })}
            testId="method"
          />
          <p className="sign-in-options-note">{METHOD_NOTES[transport.method]}</p>
        </div>
        <div>
          <h2 className="sign-in-options-title">Authorization response</h2>
          <Segments
            label="Response mode"
            name="mode"
            options={MODES}
            value={transport.mode}
            onChange={(mode) => onChange({ ...transport, mode })}
            testId="mode"
          />
          <p className="sign-in-options-note">{MODE_NOTES[transport.mode]}</p>
        </div>
        <div>
          <h2 className="sign-in-options-title">Tokens</h2>
          <Segments
            label="Kind of tokens"
            name="tokens"
            options={TOKENS}
            value={bound ? 'bound' : 'bearer'}
            onChange={(tokens) => setTokensBound(tokens === 'bound')}
            testId="tokens"
          />
          <p className="sign-in-options-note">{bound ? BOUND_NOTE : BEARER_NOTE}</p>
        </div>
      </div>
    </Details>
  );
}

const METHODS = [
  { value: 'auto', label: 'auto' },
  { value: 'GET', label: 'GET' },
  { value: 'POST', label: 'POST' },
  { value: 'push', label: 'push' },
] as const;

const MODES = [
  { value: 'query', label: 'query' },
  { value: 'fragment', label: 'fragment' },
] as const;

const TOKENS = [
  { value: 'bearer', label: 'bearer' },
  { value: 'bound', label: 'bound' },
] as const;

const BEARER_NOTE = 'Anyone who has a bearer token can use it.';
const BOUND_NOTE = 'The tokens are bound to a key that cannot leave this browser (DPoP).';

const METHOD_NOTES: Readonly<Record<Transport['method'], string>> = {
  auto: 'POST if the server supports it and the URL would be longer than 2,000 characters, otherwise GET.',
  GET: 'The browser navigates to a URL with all parameters.',
  POST: 'The browser submits a form: no parameters in URLs, history and logs.',
  push: 'The app sends the parameters to the server first (PAR). The URL only refers to them.',
};

const MODE_NOTES: Readonly<Record<Transport['mode'], string>> = {
  query: 'The code is in the query, after “?”: the default.',
  fragment: 'The code is in the fragment, after “#”, which is not sent to the web server.',
};
