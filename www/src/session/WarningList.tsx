import type { SmartWarning } from 'smart-launch';
import './WarningList.css';

/** Problems of the server that the library tolerated. */
export function WarningList({ warnings }: { readonly warnings: readonly SmartWarning[] }) {
  return (
    <ul className="warnings" data-testid="warnings">
      {warnings.length === 0 && <li className="rail-note">None: the server follows the specification.</li>}
      {warnings.map(({ code, message }) => (
        <li className="warning" key={`${code} ${message}`}>
          <p>{message}</p>
          <code>{code}</code>
        </li>
      ))}
    </ul>
  );
}
