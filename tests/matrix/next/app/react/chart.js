'use client';

import { useEffect } from 'react';
import * as library from 'smart-launch';
import { useSmart, useSmartSession } from 'smart-launch/react';
import { exerciseSession, report } from '../../sign-in';

export function Chart({ appConfig }) {
  const { client } = useSmart();
  const session = useSmartSession();
  useEffect(() => {
    report(appConfig, () => exerciseSession(library, client, session));
    // The effect runs once, because it signs out at the end.
  }, []);
  return <p>{session.fhirUser}</p>;
}
