import './Wordmark.css';

/** The demo's name and logo. */
export function Wordmark() {
  return (
    <span className="wordmark">
      <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
        <circle className="wordmark-dial" cx="16" cy="16" r="12.5" pathLength="60" strokeDasharray="1.6 2.4" />
        <path className="wordmark-launch" d="M12.5 10.5 21 16l-8.5 5.5z" />
      </svg>
      <span>
        smart-launch <span className="wordmark-demo">demo</span>
      </span>
    </span>
  );
}
