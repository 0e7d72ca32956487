import { ErrorCard } from '../errors/ErrorCard';
import { PageLayout } from '../ui/PageLayout';
import './Failure.css';

/** Shown if the page cannot start, or has a bug of its own. */
export function PageError({ error }: { readonly error: unknown }) {
  return (
    <PageLayout railLabel="Requests and events" rail={null}>
      <div className="failure">
        <ErrorCard error={error} onRetry={() => location.reload()} fullScreen />
      </div>
    </PageLayout>
  );
}
