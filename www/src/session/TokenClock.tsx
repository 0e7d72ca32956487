import type { SmartSession } from 'smart-launch';
import { formatTime } from '../fhir/dates';
import { Button } from '../ui/Button';
import { Dial } from '../ui/Dial';
import './TokenClock.css';
import { useNow } from './useNow';

interface TokenClockProps {
  readonly session: SmartSession;
  readonly refreshing: boolean;
  /** The time at which the token was last refreshed, in milliseconds since 1970; `null` if not yet. */
  readonly renewedAt: number | null;
  readonly onRefresh: () => void;
}

/** Counts down to the expiry of the access token. */
export function TokenClock({ session, refreshing, renewedAt, onRefresh }: TokenClockProps) {
  const now = useNow();
  const lifetime = Number(session.tokenResponse.expires_in);
  const remaining = session.expiresAt === null ? null : secondsLeft(session.expiresAt, now, lifetime);
  const share = remaining === null ? null : lifetime > 0 ? Math.min(1, remaining / lifetime) : remaining > 0 ? 1 : 0;
  return (
    <section
      className="clock"
      data-testid="token-clock"
      data-expires-at={session.expiresAt ?? ''}
      aria-label="Access token"
    >
      <Dial share={share} low={share !== null && share < 0.2}>
        <span className="clock-remaining" role="timer">
          {remaining === null ? '–' : clockText(remaining)}
        </span>
        <span className="clock-unit">{remaining === 0 ? 'expired' : 'left'}</span>
      </Dial>
      <div className="clock-text">
        <h2 className="clock-title">Access token</h2>
        <p className="clock-note">{expiryNote(session, remaining)}</p>
        <Button
          kind="quiet"
          data-testid="refresh-now"
          onClick={onRefresh}
          disabled={refreshing || !session.refreshable}
        >
          {refreshing ? 'Refreshing…' : 'Refresh now'}
        </Button>
        <p className="clock-renewed" role="status" data-testid="renewed">
          {renewedAt !== null && `Renewed at ${formatTime(renewedAt)}`}
        </p>
      </div>
    </section>
  );
}

function expiryNote(session: SmartSession, remaining: number | null): string {
  if (remaining === null) return 'The server does not state its lifetime.';
  if (!session.refreshable) return 'When it expires, you have to sign in again.';
  return remaining === 0
    ? 'It is refreshed before the next request.'
    : 'It is refreshed with a request shortly before it expires.';
}

/** `now` may be almost a second old, so a new token would seem to last longer than its lifetime. */
function secondsLeft(expiresAt: number, now: number, lifetime: number): number {
  const seconds = Math.max(0, Math.ceil((expiresAt - now) / 1000));
  return lifetime > 0 ? Math.min(seconds, lifetime) : seconds;
}

function clockText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return `${Math.floor(minutes / 60)}:${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)}`;
  return `${minutes}:${twoDigits(seconds % 60)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
