import '@fontsource-variable/atkinson-hyperlegible-next/wght.css';
import '@fontsource-variable/atkinson-hyperlegible-mono/wght.css';
import './styles/tokens.css';
import './styles/base.css';

import { StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { ErrorBoundary } from './errors/ErrorBoundary';
import { PageError } from './screens/PageError';
import { Progress } from './screens/Progress';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element "root".');

createRoot(root).render(
  <StrictMode>
    <ErrorBoundary fallback={(error) => <PageError error={error} />}>
      <Suspense fallback={<Progress title="Opening" note="Looking for a session." stage={null} />}>
        <App />
      </Suspense>
    </ErrorBoundary>
  </StrictMode>,
);
