import { ErrorCard } from '../errors/ErrorCard';
import { Frame } from '../ui/Frame';
import './Failure.css';

/** Shown if the page cannot start, or has a bug of its own. */
export function Fault({ error }: { readonly error: unknown }) {
  return (
    <Frame railLabel="Requests and events" rail={null}>
      <div className="failure">
        <ErrorCard error={error} onRetry={() => location.reload()} whole />
      </div>
    </Frame>
  );
}
