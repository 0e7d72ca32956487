import type { SmartWarning } from 'smart-launch';
import './WarningList.css';

/** Problems of the server that the library tolerated. */
export function WarningList({ warnings }: { readonly warnings: readonly SmartWarning[] }) {
  return (
    <ul className="oddities" data-testid="warnings">
      {warnings.length === 0 && <li className="rail-note">Nothing: the server keeps to the guide.</li>}
      {warnings.map(({ code, message }) => (
        <li className="oddity" key={`${code} ${message}`}>
          <p>{message}</p>
          <code>{code}</code>
        </li>
      ))}
    </ul>
  );
}
