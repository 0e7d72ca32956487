'use client';

import { useEffect } from 'react';
import * as library from 'smart-launch';
import { signInByPage, tell } from '../sign-in';

export function SignIn({ address }) {
  useEffect(() => {
    tell(address, () => signInByPage(library, address));
  }, [address]);
  return <p>Signing in</p>;
}
