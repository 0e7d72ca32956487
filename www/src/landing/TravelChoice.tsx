import { bindTokens } from '../binding';
import { Details } from '../ui/Details';
import { Segments } from '../ui/Segments';
import type { Travel } from './travel';
import './TravelChoice.css';

interface TravelChoiceProps {
  readonly travel: Travel;
  /** Whether the tokens are bound to a key. */
  readonly bound: boolean;
  readonly onChange: (travel: Travel) => void;
}

/** Options to try the protocol's variants. Collapsed, because they are optional. */
export function TravelChoice({ travel, bound, onChange }: TravelChoiceProps) {
  return (
    <Details
      testId="travel"
      open={bound}
      summary={
        <>
          Options of the sign-in
          <span className="travel-now">
            request by {travel.method}, response by {travel.mode}, {bound ? 'bound' : 'bearer'} tokens
          </span>
        </>
      }
    >
      <div className="travel-choices">
        <div>
          <h2 className="travel-title">Authorization request</h2>
          <Segments
            label="Method of the authorization request"
            name="method"
            options={METHODS}
            value={travel.method}
            onChange={(method) => onChange({ ...travel, method })}
            testId="method"
          />
          <p className="travel-note">{METHOD_NOTES[travel.method]}</p>
        </div>
        <div>
          <h2 className="travel-title">Authorization response</h2>
          <Segments
            label="Response mode"
            name="mode"
            options={MODES}
            value={travel.mode}
            onChange={(mode) => onChange({ ...travel, mode })}
            testId="mode"
          />
          <p className="travel-note">{MODE_NOTES[travel.mode]}</p>
        </div>
        <div>
          <h2 className="travel-title">Tokens</h2>
          <Segments
            label="Kind of tokens"
            name="tokens"
            options={TOKENS}
            value={bound ? 'bound' : 'bearer'}
            onChange={(tokens) => bindTokens(tokens === 'bound')}
            testId="tokens"
          />
          <p className="travel-note">{bound ? BOUND_NOTE : BEARER_NOTE}</p>
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

const METHOD_NOTES: Readonly<Record<Travel['method'], string>> = {
  auto: 'POST if the server supports it and the URL would be longer than 2,000 characters, otherwise GET.',
  GET: 'The browser navigates to a URL with all parameters.',
  POST: 'The browser submits a form: no parameters in URLs, history and logs.',
  push: 'The app sends the parameters to the server first (PAR). The URL only refers to them.',
};

const MODE_NOTES: Readonly<Record<Travel['mode'], string>> = {
  query: 'The code is in the query, after “?”: the default.',
  fragment: 'The code is in the fragment, after “#”, which is not sent to the web server.',
};
