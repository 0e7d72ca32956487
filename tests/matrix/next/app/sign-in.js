'use client';

import { useEffect } from 'react';
import * as library from 'smart-launch';
import { report, signInByPage } from '../sign-in';

export function SignIn({ address }) {
  useEffect(() => {
    report(address, () => signInByPage(library, address));
  }, [address]);
  return <p>Signing in</p>;
}
