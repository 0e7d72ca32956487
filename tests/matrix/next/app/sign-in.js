'use client';

import { useEffect } from 'react';
import * as library from 'smart-launch';
import { report, signInByPage } from '../sign-in';

export function SignIn({ appConfig }) {
  useEffect(() => {
    report(appConfig, () => signInByPage(library, appConfig));
  }, [appConfig]);
  return <p>Signing in</p>;
}
