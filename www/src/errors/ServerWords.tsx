import type { SmartError } from 'smart-launch';

/** The server's error text. It is untrusted: shown as plain text, with a link that cannot be clicked. */
export function ServerWords({ oauth }: { readonly oauth: NonNullable<SmartError['oauth']> }) {
  return (
    <figure className="error-words">
      <figcaption>The server’s own words</figcaption>
      <blockquote>
        {oauth.description !== undefined && <p>{oauth.description}</p>}
        {oauth.hint !== undefined && <p>{oauth.hint}</p>}
        <p>
          <code>{oauth.error}</code>
        </p>
        {oauth.uri !== undefined && (
          <p>
            <code>{oauth.uri}</code>
          </p>
        )}
      </blockquote>
    </figure>
  );
}
