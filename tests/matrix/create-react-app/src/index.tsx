import { useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import * as library from 'smart-launch';
import { RequireSmart, SmartProvider, useSmart, useSmartSession, type SmartRead } from 'smart-launch/react';
import { appConfig } from './app-config';
import { clientOptions, exerciseSession, report } from './sign-in';

export type PatientRead = SmartRead<{ id: string }>;

function Chart() {
  const { client } = useSmart();
  const session = useSmartSession();
  useEffect(() => {
    report(appConfig, () => exerciseSession(library, client, session));
    // The effect runs once, because it signs out at the end.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  return <p>{session.patient}</p>;
}

const page = (
  <SmartProvider options={clientOptions(appConfig)}>
    <RequireSmart redirect="always">
      <Chart />
    </RequireSmart>
  </SmartProvider>
);
createRoot(document.getElementById('root')!).render(page);
