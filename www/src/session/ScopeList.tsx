import type { SmartSession } from 'smart-launch';
import { scopeMeaning } from '../fhir/scopes';
import './ScopeList.css';

/** The granted scopes, and those that were requested but not granted. */
export function ScopeList({ session }: { readonly session: SmartSession }) {
  return (
    <>
      <ul className="scopes" data-testid="scope-list">
        {session.scopes.map((scope) => (
          <li className="scope" key={`granted ${scope}`} data-granted="true">
            <code className="scope-name">{scope}</code>
            <span className="scope-meaning">{scopeMeaning(scope)}</span>
          </li>
        ))}
        {session.scopesNotGranted.map((scope) => (
          <li className="scope scope-missing" key={`missing ${scope}`} data-granted="false">
            <code className="scope-name">
              <s>{scope}</s>
            </code>
            <span className="scope-meaning">Not granted</span>
          </li>
        ))}
      </ul>
      {session.scopesNotGranted.length > 0 && (
        <p className="rail-note">
          Scopes that are struck through were requested, but you or the server did not grant them.
        </p>
      )}
    </>
  );
}
