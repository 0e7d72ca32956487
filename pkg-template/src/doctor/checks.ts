// Turns an examination into findings: whether each part works and, if not, which party can fix it.

import type { Examination } from './examine.js';
import { capabilities, features } from './feature-checks.js';
import { otherEndpoints, signIn } from './endpoint-checks.js';
import type { Finding } from './finding.js';
import { identity } from './identity-checks.js';
import { address, clock, discovery, pkce } from './metadata-checks.js';

/** All findings, in the order of a sign-in. */
export function findings(examination: Examination): Finding[] {
  const { metadata } = examination;
  return [
    ...address(examination),
    ...discovery(examination),
    ...(metadata
      ? [
          ...pkce(metadata),
          ...identity(examination, metadata),
          ...capabilities(examination, metadata),
          ...features(examination, metadata),
          ...signIn(examination, metadata),
          ...otherEndpoints(examination),
        ]
      : []),
    ...clock(examination),
  ];
}
